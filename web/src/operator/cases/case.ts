/** Events and their cases as the API tells them, and what steps need. */
import type { Trace } from "./routeWords";

export const STAGES = ["collection", "filing", "dispatch", "handling", "feedback", "closing", "evaluation"] as const;
export const STATUSES = [
  "open",
  "closed",
  "unrouted",
  "unowned",
  ...STAGES,
  "evaluated",
  "rejected",
  "merged",
] as const;
export type Light = "green" | "yellow" | "red" | null;

export const LIGHT_COLORS: Record<string, string> = { green: "#2e7d32", yellow: "#b26a00", red: "#c62828" };

export interface CaseBrief {
  id: number;
  source: string;
  external_id: string | null;
  kind: string;
  matter: string | null;
  text: string | null;
  address: string | null;
  at: string;
  reported_at: string;
  lon: number;
  lat: number;
  status: string;
  routing: "routed" | "unowned" | "unrouted";
  owner: string;
  holder: string;
  grid: string | null;
  area: string | null;
  due_at: string | null;
  light: Light;
  level: string;
  suspended: boolean;
  reworks: number;
}

/** A list of cases; where `chosen` is given, some of them can be chosen by their numbers. */
export interface ChoosableCases {
  cases: CaseBrief[];
  chosen?: readonly number[];
  onChoose?: (events: number[]) => void;
}

export interface Due {
  condition?: string;
  limit?: string;
  due_at: string | null;
  met?: boolean;
}

export interface TrailStep {
  number: number;
  action: string;
  at: string;
  actor: string;
  receiver: string;
  reason: string;
  until: string | null;
  score: number | null;
  detail: Record<string, unknown>;
  attachments: number[];
}

export interface Attachment {
  id: number;
  name: string;
  of?: string;
  moment?: string;
  [member: string]: unknown;
}

export interface CaseFile extends CaseBrief {
  uncertainty_m: number;
  reporter: { name: string | null; phone: string | null };
  limit: string | null;
  dues: Due[];
  clock_problem: string | null;
  keeps_owner: boolean;
  merged_into: number | null;
  closed_at: string | null;
  actions: string[];
  trail: TrailStep[];
  attachments: Attachment[];
}

export interface RouteTrace {
  kept: Trace;
  same: boolean;
  moved: boolean;
  differences: Record<string, string[] | Record<string, unknown>[]>;
  owners: Record<string, string>;
}

export interface Whistle {
  department: string;
  called_at: string;
  answered_at: string | null;
  arrived_at: string | null;
  until: string | null;
  late: boolean | null;
  score: number | null;
}

/** What a step asks for besides its name. */
export interface Needs {
  receiver?: boolean;
  reason?: boolean;
  until?: boolean;
  score?: boolean;
  passed?: boolean;
  into?: boolean;
  condition?: boolean;
}

export const NEEDS: Record<string, Needs> = {
  verify: { passed: true },
  check: { passed: true },
  reject: { reason: true },
  merge: { reason: true, into: true },
  dispatch: { receiver: true },
  forward: { receiver: true },
  return: { reason: true },
  review: { reason: true },
  request_delay: { reason: true, until: true },
  refuse_delay: { reason: true },
  request_suspension: { reason: true },
  refuse_suspension: { reason: true },
  meet: { condition: true },
  rework: { reason: true },
  evaluate: { score: true },
  reopen: { reason: true },
  keep_owner: { reason: true },
  note: { reason: true },
};

/** Steps of whistles have a form of their own. */
export const WHISTLE_ACTIONS = new Set(["whistle", "answer", "arrive", "score_whistle"]);

/** Minutes until a moment; negative when it has passed. */
export function minutesUntil(moment: string, now: number): number {
  return Math.round((new Date(moment).getTime() - now) / 60_000);
}
