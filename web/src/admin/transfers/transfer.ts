import type { Geometry, Position } from "geojson";
import type { Shapes } from "@/shared/api/answers";
import type { Said } from "../reasons";

export type State = "open" | "accepted" | "leaves";
export const STATES: readonly State[] = ["open", "accepted", "leaves"];

/** One proposal: where a post of an old grid goes, and what was decided on it. */
export interface Transfer {
  post: number;
  person: number;
  name: string | null;
  network: string;
  old_grid: string;
  old_role: string;
  proposed: string | null;
  proposed_role: string;
  share: number;
  distance_m: number;
  sure: boolean;
  reason: string;
  said?: Said[] | null;
  state: State;
  to: string | null;
  to_role: string;
  why: string;
  decided_by: string | null;
  decided_at: string | null;
}

export interface Totals {
  posts: number;
  moved: number;
  merged: number;
  left: number;
  stayed: number;
  load_before: number;
  load_after: number;
  conserved: boolean;
}

export interface Proposals {
  plan: string;
  set: number;
  status: "open" | "applied" | "undone" | "replaced";
  current: boolean;
  at: string;
  posts: number;
  open: number;
  accepted: number;
  leaves: number;
  figures: Record<string, number>;
  greedy: Record<string, number>;
  created_by: string;
  created_at: string;
  valid_from: string | null;
  applied_by: string | null;
  applied_at: string | null;
  problems: string[];
  totals: Totals | null;
  transfers: Transfer[];
}

export interface Decision {
  state: State;
  posts?: number[];
  all?: boolean;
  sure?: boolean;
  grid?: string;
  role?: string;
  why?: string;
}

/** Whether the server asks for a reason: for what differs from the proposal, is not sure, or ends a post. */
export function needsReason(rows: readonly Transfer[], { state, grid, role }: Decision): boolean {
  if (state === "open") return false;
  if (state === "leaves") return true;
  return rows.some(
    (row) => !row.sure || (grid ?? row.proposed) !== row.proposed || (role ?? row.proposed_role) !== row.proposed_role,
  );
}

export interface Wanted {
  text?: string;
  state?: State | undefined;
  sure?: boolean | undefined;
}

export function fits(row: Transfer, { text, state, sure }: Wanted): boolean {
  if (state !== undefined && row.state !== state) return false;
  if (sure !== undefined && row.sure !== sure) return false;
  return !text || [row.name, row.old_grid, row.network, row.to, row.reason].some((word) => word?.includes(text));
}

/** Middle of the largest part of some ground, by the area of its outer ring. */
export function middle(shape: Geometry): Position | null {
  const parts = shape.type === "Polygon" ? [shape.coordinates] : shape.type === "MultiPolygon" ? shape.coordinates : [];
  let [best, most]: [Position | null, number] = [null, -1];
  for (const [ring = []] of parts) {
    const [at, size] = ofRing(ring);
    if (size > most) [best, most] = [at, size];
  }
  return best;
}

function ofRing(ring: readonly Position[]): [Position, number] {
  const [x0 = 0, y0 = 0] = ring[0] ?? [];
  let [twice, x, y] = [0, 0, 0];
  for (let at = 0; at + 1 < ring.length; at++) {
    const [ax = 0, ay = 0] = ring[at] ?? [];
    const [bx = 0, by = 0] = ring[at + 1] ?? [];
    const cross = (ax - x0) * (by - y0) - (bx - x0) * (ay - y0);
    twice += cross;
    x += (ax - x0 + (bx - x0)) * cross;
    y += (ay - y0 + (by - y0)) * cross;
  }
  return twice === 0 ? [[x0, y0], 0] : [[x0 + x / (3 * twice), y0 + y / (3 * twice)], Math.abs(twice) / 2];
}

export function middles(shapes: Shapes): Map<string, Position> {
  const found = shapes.features.map(
    ({ geometry, properties }) => [String(properties?.code), middle(geometry)] as const,
  );
  return new Map(found.filter((pair): pair is [string, Position] => pair[1] !== null));
}

export interface Way {
  key: string;
  state: "unsure" | State;
  posts: number;
}

/** Lines from old grids to new ones, one for all posts that go the same way; points where posts go nowhere. */
export function ways(
  rows: readonly Transfer[],
  old: ReadonlyMap<string, ReadonlyMap<string, Position>>,
  fresh: ReadonlyMap<string, Position>,
): Shapes<Way> {
  const made = new Map<string, Shapes<Way>["features"][number]>();
  for (const row of rows) {
    const from = old.get(row.network)?.get(row.old_grid);
    if (!from) continue;
    const key = wayOf(row);
    const known = made.get(key);
    if (known) known.properties.posts += 1;
    const to = row.to === null ? undefined : fresh.get(row.to);
    const geometry: Geometry = to
      ? { type: "LineString", coordinates: [from, to] }
      : { type: "Point", coordinates: from };
    const state = row.state === "open" && !row.sure ? "unsure" : row.state;
    if (!known) made.set(key, { type: "Feature", geometry, properties: { key, state, posts: 1 } });
  }
  return { type: "FeatureCollection", features: [...made.values()] };
}

export function wayOf(row: Transfer): string {
  return [row.network, row.old_grid, row.to ?? "", row.state, row.sure].join("|");
}
