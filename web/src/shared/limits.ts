/** Units of time limits, as lists write them and as the API writes them back (the first of each). */
const WRITTEN = {
  urgent_hours: ["紧急工作时", "紧急小时", "urgent hours", "urgent_hours"],
  working_hours: ["工作时", "工作小时", "working hours", "working_hours"],
  working_days: ["工作日", "工作天", "working days", "working_days"],
  minutes: ["分钟", "minutes"],
  hours: ["小时", "hours"],
  days: ["日", "天", "days"],
} as const;
export type LimitUnit = keyof typeof WRITTEN;
export const LIMIT_UNITS = Object.keys(WRITTEN) as LimitUnit[];

const UNIT_OF = new Map(LIMIT_UNITS.flatMap((unit) => WRITTEN[unit].map((written) => [written as string, unit])));
const LONGEST_FIRST = [...UNIT_OF.keys()].sort((a, b) => b.length - a.length).join("|");
const LIMIT = new RegExp(`^(.*?)\\s*(\\d+(?:\\.\\d+)?)\\s*(${LONGEST_FIRST})$`, "is");

/** `amount` of `unit` to meet `condition` ("" is the matter itself). */
export interface Limit {
  condition: string;
  amount: number;
  unit: LimitUnit;
}

/** One limit; null for what is none, which the page shows as it was typed. */
export function readLimit(text: string): Limit | null {
  const [, condition, amount, written] = LIMIT.exec(text.trim()) ?? [];
  const unit = UNIT_OF.get(written?.toLowerCase() ?? "");
  return unit ? { condition: condition ?? "", amount: Number(amount), unit } : null;
}

/** As the API writes a limit. */
export function writeLimit({ amount, unit }: Pick<Limit, "amount" | "unit">): string {
  return `${amount} ${WRITTEN[unit][0]}`;
}

type Say = (key: string, options?: Record<string, unknown>) => string;

/** Limits (`停工 4 工作时; 处罚 7 日`) with their units in the page's language; conditions stay as they were typed. */
export function sayLimits(text: string | null | undefined, t: Say): string {
  return (text ?? "")
    .split(/[;；\n]/)
    .map(said)
    .filter(Boolean)
    .join("; ");

  function said(part: string): string {
    const limit = readLimit(part);
    if (!limit) return part.trim();
    const length = t(`shared:limit.${limit.unit}`, { count: limit.amount });
    return limit.condition ? `${limit.condition} ${length}` : length;
  }
}
