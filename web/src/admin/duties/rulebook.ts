import { type LimitUnit, readLimit, writeLimit } from "@/shared/limits";

export type Rules = Record<string, unknown>;

/** A rulebook of scores as it was laid down. */
export interface Rulebook {
  id: number;
  valid_from: string;
  reason: string;
  created_by: string;
  recorded_at: string;
  digest: string;
  rules: Rules;
}

export const STAGES = ["verify", "file", "dispatch", "check", "close"] as const;
export const BASES = ["due", "dispatched"] as const;
export const UNIT_TYPES = ["city", "area", "grid", "department", "person"] as const;
export type Stage = (typeof STAGES)[number];

/** A line of the deduction sheet: points off for each case of a count, or once when an indicator passes a line. */
export interface DraftLine {
  code: string;
  name: string;
  points: number;
  cap: number;
  of?: `count:${string}` | `indicator:${string}`;
  side?: "below" | "above";
  limit?: number | null;
  units: string[];
}

/** A rulebook as its form holds it; the page's own words for what the API writes in maps, pairs and texts. */
export interface Draft {
  name: string;
  basis: string;
  limits: Record<Stage, { amount: number; unit: LimitUnit }>;
  dissatisfied_below: number;
  weights: { indicator: string; weight: number }[];
  deductions: DraftLine[];
  patrol_bands: { least: number; points: number }[];
  grades: { least: number; name: string }[];
}

const MEMBERS = [
  "name",
  "basis",
  "limits",
  "dissatisfied_below",
  "weights",
  "deductions",
  "patrol_bands",
  "grades",
] as const satisfies (keyof Draft)[];
const OF_LINE = new Set(["code", "name", "points", "cap", "count", "indicator", "below", "above", "units"]);

/** The text as a rulebook, or null where it is no JSON object. */
export function readRules(text: string): Rules | null {
  try {
    const found: unknown = JSON.parse(text);
    return isRecord(found) ? { ...found } : null;
  } catch {
    return null;
  }
}

/** The rules as a form can show them; null where it cannot, since a member is missing, unknown or of another shape. */
export function toDraft(rules: Rules): Draft | null {
  const { limits, weights, deductions, patrol_bands, grades } = rules;
  const isKnown = Object.keys(rules).length === MEMBERS.length && MEMBERS.every((member) => member in rules);
  if (!isKnown || !isRecord(limits) || !isRecord(weights)) return null;
  if (!isPairs(patrol_bands) || !isPairs(grades) || !Array.isArray(deductions) || !deductions.every(isLine))
    return null;
  const read = STAGES.map((stage) => [stage, readLimit(String(limits[stage] ?? ""))] as const);
  if (Object.keys(limits).length !== STAGES.length || read.some(([, limit]) => !limit || limit.condition)) return null;
  return {
    name: String(rules.name),
    basis: String(rules.basis),
    limits: Object.fromEntries(
      read.map(([stage, limit]) => [stage, { amount: limit?.amount, unit: limit?.unit }]),
    ) as Draft["limits"],
    dissatisfied_below: Number(rules.dissatisfied_below),
    weights: Object.entries(weights).map(([indicator, weight]) => ({ indicator, weight: Number(weight) })),
    deductions: deductions.map(draftLine),
    patrol_bands: patrol_bands.map(([least, points]) => ({ least: Number(least), points: Number(points) })),
    grades: grades.map(([least, name]) => ({ least: Number(least), name: String(name) })),
  };
}

/** What the API is sent; steps of grades and patrols the best first, in whatever order they were typed. */
export function toRules(draft: Draft): Rules {
  const best = <T extends { least: number }>(steps: readonly T[]) => [...steps].sort((a, b) => b.least - a.least);
  return {
    name: draft.name,
    basis: draft.basis,
    limits: Object.fromEntries(STAGES.map((stage) => [stage, writeLimit(draft.limits[stage])])),
    dissatisfied_below: draft.dissatisfied_below,
    weights: Object.fromEntries(
      draft.weights.filter(({ indicator }) => indicator).map(({ indicator, weight }) => [indicator, weight]),
    ),
    deductions: draft.deductions.map(({ of = "count:", side, limit, ...line }) => {
      const [kind, code = ""] = of.split(":");
      const [count, indicator] = kind === "count" ? [code, ""] : ["", code];
      const passed = (name: string) => (indicator && side === name ? (limit ?? null) : null);
      return { ...line, count, indicator, below: passed("below"), above: passed("above") };
    }),
    patrol_bands: best(draft.patrol_bands).map(({ least, points }) => [least, points]),
    grades: best(draft.grades).map(({ least, name }) => [least, name]),
  };
}

/** The field of the form that a problem document's `field` is about (`deductions.2.count` is in `of`). */
export function placeOf(field: string, draft: Draft): (string | number)[] {
  const [member = "", part, detail] = field.split(".");
  if (member === "limits" && part) return [member, part];
  if (member === "weights") return [member, draft.weights.findIndex(({ indicator }) => indicator === part), "weight"];
  if (member === "deductions" && part && detail) return [member, Number(part), IN_LINE[detail] ?? detail];
  return [member];
}

const IN_LINE: Record<string, string> = { count: "of", indicator: "of", below: "limit", above: "limit" };

function draftLine({ count, indicator, below, above, ...line }: Record<string, unknown>): DraftLine {
  const shared = { units: [], ...line } as unknown as DraftLine;
  if (count || !indicator) return count ? { ...shared, of: `count:${count}` } : shared;
  const side = typeof above === "number" ? "above" : "below";
  return { ...shared, of: `indicator:${indicator}`, side, limit: (side === "above" ? above : below) as number | null };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isPairs(value: unknown): value is [unknown, unknown][] {
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2);
}

function isLine(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && Object.keys(value).every((member) => OF_LINE.has(member)) && Array.isArray(value.units);
}
