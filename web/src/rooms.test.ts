import { QueryClient } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { loadAhead, ROOMS } from "./rooms";
import en from "./shared/locales/en.json";
import zh from "./shared/locales/zh.json";

type Words = { [key: string]: string | Words };

/** Keys of all words; forms of number (`_one`, `_other`) count as one key. */
function keys(words: Words, path = ""): string[] {
  return Object.entries(words).flatMap(([key, word]) =>
    typeof word === "string" ? [path + key.replace(/_(zero|one|other)$/, "")] : keys(word, `${path}${key}.`),
  );
}

test.each([...ROOMS.map((room) => ({ name: room.name, words: room.words })), { name: "shared", words: { zh, en } }])(
  "$name says in English what it says in Chinese",
  ({ words }) => {
    expect(new Set(keys(words.en))).toEqual(new Set(keys(words.zh)));
  },
);

test("every view has an address of its own, and the menu has words for it", () => {
  const views = ROOMS.flatMap((room) => room.views.map((view) => ({ room, view })));
  const paths = views.map(({ view }) => view.path);
  expect(new Set(paths).size).toBe(paths.length);
  for (const { room, view } of views) if (view.menu) expect(keys(room.words.zh)).toContain(view.menu);
});

test.each([
  ["/", "/networks"],
  ["/plans/7/edit", "/plans/:plan/:tab?"],
  ["/public/report", "/public/report"],
])("what stands at %s is loaded ahead", (address, path) => {
  for (const { views } of ROOMS)
    for (const view of views) if (view.ask) vi.spyOn(view, "ask").mockRejectedValue(new Error("a stranger"));
  const loads = ROOMS.flatMap((room) => room.views).map((view) => ({
    path: view.path,
    load: vi.spyOn(view, "load").mockReturnValue(new Promise(() => undefined)),
  }));
  void loadAhead(address, new QueryClient());
  expect(loads.filter(({ load }) => load.mock.calls.length > 0).map((one) => one.path)).toEqual([path]);
  vi.restoreAllMocks();
});
