import { expect, test } from "vitest";
import { type Draft, placeOf, readRules, toDraft, toRules } from "./rulebook";

const RULES = {
  name: "default",
  basis: "due",
  limits: { verify: "2 工作时", file: "0.5 工作时", dispatch: "0.5 工作时", check: "4 工作时", close: "1 工作日" },
  dissatisfied_below: 60,
  weights: { disposal: 70, rework: 30 },
  deductions: [
    {
      code: "K1",
      name: "超期",
      points: 2,
      cap: 30,
      count: "overdue_open",
      indicator: "",
      below: null,
      above: null,
      units: ["grid"],
    },
    { code: "K6", name: "低", points: 5, cap: 5, count: "", indicator: "closing", below: 0.9, above: null, units: [] },
    { code: "K7", name: "高", points: 5, cap: 5, count: "", indicator: "rework", below: null, above: 0, units: [] },
  ],
  patrol_bands: [
    [0.95, 10],
    [0, 0],
  ],
  grades: [
    [90, "优秀"],
    [0, "不合格"],
  ],
};
const draft = toDraft(RULES) as Draft;

test("only a JSON object is a rulebook", () => {
  expect(readRules('{"basis": "due"}')).toEqual({ basis: "due" });
  for (const text of ["", "{", "[]", "null", "3", '"due"']) expect(readRules(text)).toBeNull();
});

test("a form gives back the rules that it was given", () => {
  expect(toRules(draft)).toEqual(RULES);
});

test("steps are sent the best first", () => {
  const grades = [
    { least: 0, name: "C" },
    { least: 90, name: "A" },
    { least: 60, name: "B" },
  ];
  expect(toRules({ ...draft, grades }).grades).toEqual([
    [90, "A"],
    [60, "B"],
    [0, "C"],
  ]);
});

test.each([
  ["a member is missing", { ...RULES, limits: undefined }],
  ["a member is not known", { ...RULES, luck: 1 }],
  ["a stage is not known", { ...RULES, limits: { ...RULES.limits, sleep: "1 日" } }],
  ["a limit has conditions", { ...RULES, limits: { ...RULES.limits, close: "停工 1 日" } }],
  ["lines are none", { ...RULES, deductions: "K1" }],
  ["a line has more than is known", { ...RULES, deductions: [{ ...RULES.deductions[0], note: "x" }] }],
  ["grades are no pairs", { ...RULES, grades: [[90, "A", 1]] }],
])("nothing is lost in a form: where %s the rules stay text", (_, rules) => {
  expect(toDraft(rules)).toBeNull();
});

test.each([
  ["basis", ["basis"]],
  ["limits.close", ["limits", "close"]],
  ["weights.rework", ["weights", 1, "weight"]],
  ["deductions.2.above", ["deductions", 2, "limit"]],
  ["deductions.0.count", ["deductions", 0, "of"]],
  ["deductions.0.points", ["deductions", 0, "points"]],
  ["grades", ["grades"]],
])("what is wrong with %s is shown at %j", (field, place) => {
  expect(placeOf(field, draft)).toEqual(place);
});
