export const UNITS = ["department", "grid", "area", "person", "city"] as const;
export type UnitType = (typeof UNITS)[number];

export interface ScoreBrief {
  number: number;
  unit_type: UnitType;
  unit: string;
  period: string;
  revision: number;
  cause: string;
  known_at: string;
  total: number | null;
  grade: string | null;
  figures: Record<string, number | null>;
  hash: string;
}

export interface FigureTold {
  name: string;
  formula: string;
  value: number | null;
  numerator?: number;
  denominator?: number;
}

export interface Deduction {
  rule: string;
  event: number | null;
  points: number;
  reason: string;
}

export interface ScoreSheet extends Omit<ScoreBrief, "figures"> {
  figures: Record<string, FigureTold>;
  counts: Record<string, number>;
  deductions: Deduction[];
}

export interface Place {
  rank: number | null;
  tied: boolean;
  unit: string;
  value: number | null;
  numerator?: number;
  denominator?: number;
  total: number | null;
  grade: string | null;
  before: number | null;
  score: number;
}

export interface OfPeriod {
  period: string;
  score: number | null;
  total: number | null;
  grade: string | null;
  figures: Record<string, number | null>;
}

export interface Appeal {
  id: number;
  state: "filed" | "upheld" | "refused" | "withdrawn";
  score: number;
  unit_type: UnitType;
  unit: string;
  period: string;
  event: number;
  against: string;
  reason: string;
  filed_by: string;
  filed_at: string;
  decision: {
    decided_by: string;
    decided_at: string;
    reason: string;
    exclude: string[];
    due_at: string | null;
  } | null;
}

/** How many places a unit has come up since the period before; null without a place in either. */
export function climbed({ rank, before }: Pick<Place, "rank" | "before">): number | null {
  return rank === null || before === null ? null : before - rank;
}

/** What may be decided on an appeal by whom: not one's own, and only one's own is withdrawn. */
export function outcomes(appeal: Appeal, me: string, isAdmin: boolean): ("upheld" | "refused" | "withdrawn")[] {
  if (appeal.state !== "filed") return [];
  if (appeal.filed_by === me) return ["withdrawn"];
  return isAdmin ? ["upheld", "refused"] : [];
}
