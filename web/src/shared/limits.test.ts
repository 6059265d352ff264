import { expect, test } from "vitest";
import { LIMIT_UNITS, readLimit, sayLimits, writeLimit } from "./limits";

const t = (key: string, options?: Record<string, unknown>) => `${options?.count} <${key.split(".").at(-1)}>`;

test.each([
  ["2 工作时", "2 <working_hours>"],
  ["0.5工作日", "0.5 <working_days>"],
  ["停工 4 紧急工作时; 处罚 7 日；拆除 20 天", "停工 4 <urgent_hours>; 处罚 7 <days>; 拆除 20 <days>"],
  ["5 Working Days", "5 <working_days>"],
  ["", ""],
  ["当日; 3 fortnights", "当日; 3 fortnights"],
])("%j is said as %j", (text, said) => {
  expect(sayLimits(text, t)).toBe(said);
});

test("a limit that is written is read as the same", () => {
  for (const unit of LIMIT_UNITS) {
    const limit = { condition: "", amount: 1.5, unit };
    expect(readLimit(writeLimit(limit))).toEqual(limit);
  }
  expect(readLimit("soon")).toBeNull();
});
