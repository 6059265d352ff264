import dayjs from "dayjs";
import { describe, expect, test } from "vitest";
import { isOver, periodName, readPeriod } from "./periods";

describe("names of periods", () => {
  // weeks by ISO 8601: Python's date.isocalendar says the same of these days
  test.each([
    ["day", "2026-10-31", "2026-10-31"],
    ["week", "2026-10-31", "2026-W44"],
    ["week", "2027-01-03", "2026-W53"],
    ["week", "2024-12-30", "2025-W01"],
    ["month", "2026-10-31", "2026-10"],
    ["quarter", "2026-10-31", "2026-Q4"],
    ["year", "2026-10-31", "2026"],
  ] as const)("a %s with %s is %s", (kind, day, name) => {
    expect(periodName(kind, dayjs(day))).toBe(name);
    const read = readPeriod(name);
    expect(read?.kind).toBe(kind);
    expect(read && periodName(read.kind, read.day)).toBe(name);
  });

  test("what names no period is none", () => {
    for (const name of ["", "soon", "2026-13", "2026-02-30", "2026-Q5"]) expect(readPeriod(name)).toBeNull();
  });

  test("a period is over when its last moment has passed", () => {
    expect(isOver("2026-10", dayjs("2026-11-01T00:00:01"))).toBe(true);
    expect(isOver("2026-W44", dayjs("2026-11-01T12:00:00"))).toBe(false);
    expect(isOver("2026-Q4", dayjs("2026-12-31T23:00:00"))).toBe(false);
  });
});
