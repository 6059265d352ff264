import type { Geometry } from "geojson";
import type { Shape, Shapes } from "@/shared/api/answers";
import type { Breach, GridProperties, Kind, PieceProperties } from "../plan";

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

/** The plan as the page knows it: changed by answers, never by wishes. `last` is what the map has still to take over. */
export interface Draft {
  version: number;
  grids: Map<string, Shape<GridProperties>>;
  pieces: Map<number, Shape<PieceProperties>>;
  locks: Map<string, string>;
  score: Record<string, number>;
  breaches: Breach[];
  last: EditAnswer | null;
}

export function opened(
  version: number,
  grids: Shapes<GridProperties>,
  pieces: Shapes<PieceProperties>,
  known: { locked: { grid: string; reason: string }[]; score: Record<string, unknown> | null; breaches: Breach[] },
): Draft {
  return {
    version,
    grids: new Map(grids.features.map((grid) => [grid.properties.code, grid])),
    pieces: new Map(pieces.features.map((piece) => [piece.properties.piece, piece])),
    locks: new Map(known.locked.map((lock) => [lock.grid, lock.reason])),
    score: (known.score ?? {}) as Record<string, number>,
    breaches: known.breaches,
    last: null,
  };
}

/** The draft after an edit, undo or redo: the answer's grids and pieces in the place of the old ones. */
export function applied(draft: Draft, answer: EditAnswer): Draft {
  const grids = new Map(draft.grids);
  const pieces = new Map(draft.pieces);
  const locks = new Map(draft.locks);
  for (const code of answer.removed) {
    grids.delete(code);
    locks.delete(code);
  }
  for (const grid of answer.grids) {
    grids.set(grid.code, shapeOf(grid));
    if (grid.lock) locks.set(grid.code, grid.lock.reason);
    else locks.delete(grid.code);
  }
  for (const number of answer.pieces.removed) pieces.delete(number);
  for (const { piece, grid, kind } of answer.pieces.moved) {
    const known = pieces.get(piece);
    if (known) pieces.set(piece, { ...known, properties: { ...known.properties, grid, kind } });
  }
  for (const { piece, grid, kind, geometry } of answer.pieces.reshaped) {
    const known = pieces.get(piece)?.properties ?? { area: null, area_m2: 0 };
    pieces.set(piece, { type: "Feature", geometry, properties: { ...known, piece, grid, kind } });
  }
  return {
    version: answer.version,
    grids,
    pieces,
    locks,
    score: answer.score,
    breaches: answer.breaches,
    last: answer,
  };
}

export function shapeOf(grid: GridAnswer): Shape<GridProperties> {
  const { geometry, quantities, scores, ...facts } = grid;
  const { lock: _lock, breaches: _breaches, ...plain } = facts;
  return { type: "Feature", geometry, properties: { ...plain, ...quantities, ...scores } as unknown as GridProperties };
}
