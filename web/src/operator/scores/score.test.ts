import { expect, test } from "vitest";
import { type Appeal, climbed, outcomes } from "./score";

const APPEAL: Appeal = {
  id: 1,
  state: "filed",
  score: 1,
  unit_type: "department",
  unit: "a",
  period: "2026-10",
  event: 3,
  against: "K1",
  reason: "a flood",
  filed_by: "user:zhao",
  filed_at: "2026-11-02T00:00:00Z",
  decision: null,
};

test("nobody decides an appeal of their own, and only one's own is withdrawn", () => {
  expect(outcomes(APPEAL, "user:zhao", true)).toEqual(["withdrawn"]);
  expect(outcomes(APPEAL, "user:wang", true)).toEqual(["upheld", "refused"]);
  expect(outcomes(APPEAL, "user:chen", false)).toEqual([]);
  expect(outcomes({ ...APPEAL, state: "refused" }, "user:wang", true)).toEqual([]);
});

test("places are climbed towards the first", () => {
  expect(climbed({ rank: 2, before: 5 })).toBe(3);
  expect(climbed({ rank: 2, before: null })).toBeNull();
  expect(climbed({ rank: null, before: 2 })).toBeNull();
});
