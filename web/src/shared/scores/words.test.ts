import { expect, test } from "vitest";
import { sayFormula, sayReason, wordsOf } from "./words";

const KNOWN = {
  indicators: [
    { code: "disposal", name: "处置率", formula: "", unit: "share" as const, better: "higher" as const },
    { code: "rework", name: "返工率", formula: "", unit: "share" as const, better: "lower" as const },
  ],
  counts: [
    { code: "disposable", name: "应处置数", meaning: "处置时限在本期到期", groups: [] },
    { code: "disposed", name: "处置数", meaning: "应处置数中期末前处置完成", groups: [] },
    { code: "done_late", name: "超时办结数", meaning: "派遣总数中超过结案时限结案", groups: [] },
  ],
};
const ENGLISH: Record<string, string> = {
  "indicator.disposal": "Handled",
  "indicator.rework": "Redone",
  "count.disposable.name": "to be handled",
  "count.disposed.name": "handled",
  "count.disposed.meaning": "of those to be handled, done",
  "formula.below": "below",
  "formula.capped": "cap reached:",
};
const english = wordsOf(KNOWN, (key, options) => ENGLISH[key] ?? String(options?.defaultValue));
const chinese = wordsOf(KNOWN, (_, options) => String(options?.defaultValue));

test("a formula is told in the page's words, a longer name before a shorter one in it", () => {
  expect(sayFormula("处置数/应处置数", english)).toBe("handled / to be handled");
  expect(sayFormula("处置率x30+(1-返工率)x20", english)).toBe("Handled × 30 + (1-Redone) × 20");
  expect(sayFormula("处置率x30+(1-返工率)x20", chinese)).toBe("处置率x30+(1-返工率)x20");
});

test("what a city called a rule stays, what is said after it is told", () => {
  const line = (name: string) => (name === "超期" ? "Late" : name);
  expect(sayReason("超期: 应处置数中期末前处置完成", english, line)).toBe("Late: of those to be handled, done");
  expect(sayReason("处置率太低: 处置率 0.8 (8/10) 低于 0.9", english, line)).toBe(
    "处置率太低: Handled 0.8 (8/10) below 0.9",
  );
  expect(sayReason("appeal upheld", english, line)).toBe("appeal upheld");
});
