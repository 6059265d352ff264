import { expect, test } from "vitest";
import en from "../locales/en.json";
import { stepsOf, TOURS } from "./steps";

test("a tour leaves out what is not on the page", () => {
  const page = document.createElement("div");
  page.innerHTML = `<div class="strip"><nav><a href="/plans/1/setup"></a><a href="/plans/1/publish"></a></nav></div>`;
  expect(stepsOf("plan", page).map(({ key }) => key)).toEqual(["setup", "publish"]);
  expect(stepsOf("networks", page)).toEqual([]);
});

test("every step has its words", () => {
  const keys = Object.values(TOURS).flatMap((steps) => steps.map(([key]) => key));
  expect(Object.keys(en.tour.step).sort()).toEqual([...keys].sort());
});
