import type { Geometry } from "geojson";
import { expect, test } from "vitest";
import type { GridProperties, PieceProperties } from "../plan";
import { applied, type EditAnswer, opened } from "./state";

const place: Geometry = { type: "Point", coordinates: [0, 0] };
const grid = (code: string) => ({
  type: "Feature" as const,
  geometry: place,
  properties: { code, kind: "resident" } as GridProperties,
});
const piece = (number: number, code: string) => ({
  type: "Feature" as const,
  geometry: place,
  properties: { piece: number, grid: code, kind: "resident", area: "1", area_m2: 5 } as PieceProperties,
});
const draft = opened(
  3,
  { type: "FeatureCollection", features: [grid("a"), grid("b")] },
  { type: "FeatureCollection", features: [piece(0, "a"), piece(1, "b")] },
  { locked: [{ grid: "b", reason: "agreed" }], score: { total: 0.5 }, breaches: [] },
);
const answer: EditAnswer = {
  id: 1,
  version: 4,
  action: "edit",
  edit: { do: "merge" },
  grids: [
    {
      code: "a", name: "A", kind: "business", area: "1", area_m2: 10, pieces: 2, quantities: { households: 7 }, scores: { deviation: 0.1 },
      lock: null, breaches: [], geometry: place,
    },
  ],
  removed: ["b"],
  pieces: { moved: [{ piece: 1, grid: "a", kind: "business" }], reshaped: [], removed: [] },
  score: { total: 0.6 },
  breaches: [{ grid: "a", rule: "band", says: "too many" }],
}; // biome-ignore format: one grid

test("grids that are gone go with their locks, changed ones take their place, pieces move", () => {
  const after = applied(draft, answer);
  expect([...after.grids.keys()]).toEqual(["a"]);
  expect(after.grids.get("a")?.properties).toMatchObject({ kind: "business", households: 7, deviation: 0.1 });
  expect(after.locks.size).toBe(0);
  expect(after.pieces.get(1)?.properties).toMatchObject({ grid: "a", area_m2: 5 });
  expect(after).toMatchObject({ version: 4, score: { total: 0.6 } });
  expect(draft.grids.size).toBe(2);
});

test("a cut piece keeps its number and attributes, its part is new, and a removed one goes", () => {
  const line: Geometry = {
    type: "LineString",
    coordinates: [
      [0, 0],
      [1, 1],
    ],
  };
  const cut = {
    ...answer,
    removed: [],
    pieces: {
      moved: [],
      reshaped: [0, 9].map((number) => ({ piece: number, grid: "a", kind: null, geometry: line })),
      removed: [1],
    },
  };
  const after = applied(draft, cut);
  expect([...after.pieces.keys()].sort()).toEqual([0, 9]);
  expect(after.pieces.get(0)?.properties.area_m2).toBe(5);
  expect(after.pieces.get(0)?.geometry).toEqual(line);
});
