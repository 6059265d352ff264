import dayjs, { type Dayjs } from "dayjs";
import isoWeek from "dayjs/plugin/isoWeek";
import quarterOfYear from "dayjs/plugin/quarterOfYear";

dayjs.extend(isoWeek);
dayjs.extend(quarterOfYear);

export const KINDS = ["day", "week", "month", "quarter", "year"] as const;
export type Kind = (typeof KINDS)[number];

/** The pickers of antd call a day a date. */
export const PICKER = { day: "date", week: "week", month: "month", quarter: "quarter", year: "year" } as const;

/** The name of the period of a kind that a day lies in: 2026-10-31, 2026-W44, 2026-10, 2026-Q4, 2026. */
export function periodName(kind: Kind, day: Dayjs): string {
  switch (kind) {
    case "day":
      return day.format("YYYY-MM-DD");
    case "week":
      return `${day.isoWeekYear()}-W${String(day.isoWeek()).padStart(2, "0")}`;
    case "month":
      return day.format("YYYY-MM");
    case "quarter":
      return `${day.year()}-Q${day.quarter()}`;
    case "year":
      return day.format("YYYY");
  }
}

const FORMS: [Kind, RegExp][] = [
  ["day", /^(\d{4})-(\d{2})-(\d{2})$/],
  ["week", /^(\d{4})-W(\d{2})$/],
  ["month", /^(\d{4})-(\d{2})$/],
  ["quarter", /^(\d{4})-Q([1-4])$/],
  ["year", /^(\d{4})$/],
];

/** The kind of a period and a day in it; null for what names none. */
export function readPeriod(name: string): { kind: Kind; day: Dayjs } | null {
  for (const [kind, form] of FORMS) {
    const found = form.exec(name);
    if (!found) continue;
    const [, year = "", rest = "1"] = found;
    const first = dayjs(`${year}-01-04`); // the fourth of January is in the first week of every year
    if (kind === "week") return { kind, day: first.isoWeek(Number(rest)).startOf("isoWeek") };
    if (kind === "quarter") return { kind, day: dayjs(`${year}-01-01`).quarter(Number(rest)) };
    const day = dayjs(`${name}${{ day: "", month: "-01", year: "-01-01" }[kind]}`);
    return day.isValid() && periodName(kind, day) === name ? { kind, day } : null;
  }
  return null;
}

/** Whether all of a period is over. */
export function isOver(name: string, now: Dayjs): boolean {
  const period = readPeriod(name);
  if (!period) return false;
  const { kind, day } = period;
  return (kind === "week" ? day.endOf("isoWeek") : day.endOf(kind)).isBefore(now);
}
