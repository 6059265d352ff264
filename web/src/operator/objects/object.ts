export const LEVELS = ["red", "yellow", "green"] as const;
export type Level = (typeof LEVELS)[number];
export const KINDS = ["business", "component", "address", "external"] as const;
export type Kind = (typeof KINDS)[number];

/** 重点, 一般重点, 放心: dark enough on white to be read. */
export const LEVEL_COLORS: Record<Level, string> = { red: "#c0262d", yellow: "#b45309", green: "#2e7d32" };

export interface Watched {
  id: number;
  key: string;
  name: string;
  level: Level;
  since: string | null;
  owner?: string | null;
}

export type Placed = Watched & { events: number };

export interface Change {
  at: string;
  before: Level;
  level: Level;
  rule: string;
  reason: string;
  cases: number[];
}

export interface WatchedFile extends Watched {
  events: number[];
  history: Change[];
}

export interface Rule {
  code: string;
  direction: "up" | "down";
  counts: "cases" | "overdue" | "reworks" | "quiet";
  number: number;
  days: number;
  matter: string;
}

/** The kind of an object and its id there: `business:91440101MA5` → ["business", "91440101MA5"]. */
export function readKey(key: string): [Kind | null, string] {
  const at = key.indexOf(":");
  const kind = KINDS.find((each) => each === key.slice(0, at));
  return kind ? [kind, key.slice(at + 1)] : [null, key];
}
