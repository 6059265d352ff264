import type { Geometry } from "geojson";
import type { Bounds, Boxed, Shape } from "@/shared/api/answers";
import { boundsOf } from "@/shared/map/bounds";
import type { Breach, GridProperties, Kind } from "../plan";

/** A grid as an edit answers it. */
export interface GridAnswer {
  code: string;
  name: string;
  kind: Kind;
  area: string | null;
  area_m2: number;
  pieces: number;
  quantities: Record<string, number>;
  scores: Record<string, number | boolean | null>;
  lock: { reason: string; by: string; at: string } | null;
  breaches: { rule: string; says: string }[];
  geometry: Geometry;
}

export interface EditAnswer {
  id: number;
  version: number;
  action: string;
  edit: { do: string };
  grids: GridAnswer[];
  removed: string[];
  pieces: {
    moved: { piece: number; grid: string | null; kind: Kind | null }[];
    reshaped: { piece: number; grid: string | null; kind: Kind | null; geometry: Geometry }[];
    removed: number[];
  };
  score: Record<string, number>;
  breaches: Breach[];
}

/** What is known of a grid beside the tiles that draw it. */
export interface KnownGrid {
  properties: GridProperties;
  bbox: Bounds;
}

/** The plan as the page knows it: changed by answers, never by wishes. */
export interface Draft {
  version: number;
  /** The version at which a piece got another shape last, as far as the page knows. */
  shaped: number;
  grids: Map<string, KnownGrid>;
  /** Grids whose shapes are others than those that the page was opened with. */
  changed: Map<string, Shape<GridProperties>>;
  /** Codes whose first shapes hold no more: changed or removed. */
  gone: ReadonlySet<string>;
  locks: Map<string, string>;
  score: Record<string, number>;
  breaches: Breach[];
}

export function opened(
  version: number,
  grids: Boxed<GridProperties>,
  known: { locked: { grid: string; reason: string }[]; score: Record<string, unknown> | null; breaches: Breach[] },
): Draft {
  return {
    version,
    shaped: version,
    grids: new Map(grids.features.map((grid) => [grid.properties.code, grid])),
    changed: new Map(),
    gone: new Set(),
    locks: new Map(known.locked.map((lock) => [lock.grid, lock.reason])),
    score: (known.score ?? {}) as Record<string, number>,
    breaches: known.breaches,
  };
}

/** The draft after an edit, undo or redo: the answer's grids in the place of the old ones. */
export function applied(draft: Draft, answer: EditAnswer): Draft {
  const grids = new Map(draft.grids);
  const changed = new Map(draft.changed);
  const locks = new Map(draft.locks);
  for (const code of answer.removed) {
    grids.delete(code);
    changed.delete(code);
    locks.delete(code);
  }
  for (const grid of answer.grids) {
    const shape = shapeOf(grid);
    changed.set(grid.code, shape);
    grids.set(grid.code, { properties: shape.properties, bbox: boundsOf(shape) ?? [0, 0, 0, 0] });
    if (grid.lock) locks.set(grid.code, grid.lock.reason);
    else locks.delete(grid.code);
  }
  const isCut = answer.pieces.reshaped.length + answer.pieces.removed.length > 0;
  return {
    version: answer.version,
    shaped: isCut ? answer.version : draft.shaped,
    grids,
    changed,
    gone: new Set([...draft.gone, ...answer.removed, ...answer.grids.map((grid) => grid.code)]),
    locks,
    score: answer.score,
    breaches: answer.breaches,
  };
}

export function shapeOf(grid: GridAnswer): Shape<GridProperties> {
  const { geometry, quantities, scores, ...facts } = grid;
  const { lock: _lock, breaches: _breaches, ...plain } = facts;
  return { type: "Feature", geometry, properties: { ...plain, ...quantities, ...scores } as unknown as GridProperties };
}
