import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { forget, grouped, remember, remembered } from "./codes";
import { keep, newKey, useKept } from "./kept";
import { blobOf, fitting } from "./report/photo";

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  sessionStorage.clear();
  localStorage.clear();
});
afterEach(() => vi.unstubAllGlobals());

const one = (number: number) => ({ code: `CODE-${number}`, number, text: "x", at: "2026-11-20T00:00:00Z" });

test("a telephone remembers twenty codes, the newest first, and forgets on demand", () => {
  for (let number = 1; number <= 25; number++) remember(one(number));
  expect(remembered().map((found) => found.number)).toEqual(Array.from({ length: 20 }, (_, at) => 25 - at));
  remember({ ...one(10), code: "NEW" });
  expect(remembered()[0]?.code).toBe("NEW");
  expect(remembered().filter((found) => found.number === 10)).toHaveLength(1);
  expect(forget(10).map((found) => found.number)).not.toContain(10);
  expect(remembered()).toHaveLength(19);
});

test("what somebody else stored under the name does no harm", () => {
  for (const stored of ["{", "7", '"x"', "null"]) {
    localStorage.setItem("onegrid-follow-codes", stored);
    expect(remembered()).toEqual([]);
  }
});

test("a code is grouped as it is shown, however it was typed", () => {
  expect(grouped(" 7k3m 0qxt-9v2chd4n 8rjw")).toBe("7K3M-0QXT-9V2C-HD4N-8RJW");
  expect(grouped("")).toBe("");
});

test("keys are random names of 32 digits", () => {
  const keys = Array.from({ length: 50 }, newKey);
  expect(new Set(keys).size).toBe(50);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
});

test.each([
  [4000, 3000, [1600, 1200]],
  [3000, 4000, [1200, 1600]],
  [800, 600, [800, 600]],
  [1, 100_000, [1, 1600]],
])("a photograph of %d × %d is made to fit", (width, height, expected) => {
  expect(fitting(width, height)).toEqual(expected);
});

test("a data URL becomes the bytes that it was made of", async () => {
  const blob = blobOf(`data:image/jpeg;base64,${btoa("\xff\xd8\xff\x00")}`);
  expect(blob.type).toBe("image/jpeg");
  expect(blob.size).toBe(4);
});

function shown(name: string): { text: () => string; say: (text: string) => void; leave: () => void } {
  const place = document.createElement("div");
  let say = (_: string) => {};
  const Words = () => {
    const [words, setWords] = useKept(name, "nothing");
    say = setWords;
    return createElement("p", null, words);
  };
  const root = createRoot(place);
  act(() => root.render(createElement(Words)));
  return {
    text: () => place.textContent ?? "",
    say: (text) => act(() => say(text)),
    leave: () => act(() => root.unmount()),
  };
}

test("what was typed is there again after a reload", () => {
  const before = shown("words");
  expect(before.text()).toBe("nothing");
  before.say("a loose lid");
  before.leave();
  expect(shown("words").text()).toBe("a loose lid");
  expect(shown("other").text()).toBe("nothing");
});

test("where nothing can be kept the words stay on the page all the same", () => {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  const view = shown("words");
  view.say("a loose lid");
  expect(view.text()).toBe("a loose lid");
  expect(keep("words", "x")).toBe(false);
  vi.restoreAllMocks();
});
