import type { Geometry } from "geojson";
import { expect, test } from "vitest";
import type { GridProperties } from "../plan";
import { applied, type EditAnswer, opened } from "./state";

const place: Geometry = { type: "Point", coordinates: [2, 3] };
const grid = (code: string) => ({
  bbox: [0, 0, 1, 1] as [number, number, number, number],
  properties: { code, kind: "resident" } as GridProperties,
});
const draft = opened(
  3,
  { features: [grid("a"), grid("b"), grid("c")] },
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

test("grids that are gone go with their locks, changed ones take their place with their boxes", () => {
  const after = applied(draft, answer);
  expect([...after.grids.keys()]).toEqual(["a", "c"]);
  expect(after.grids.get("a")?.properties).toMatchObject({ kind: "business", households: 7, deviation: 0.1 });
  expect(after.grids.get("a")?.bbox).toEqual([2, 3, 2, 3]);
  expect(after.locks.size).toBe(0);
  expect(after).toMatchObject({ version: 4, shaped: 3, score: { total: 0.6 } });
  expect(draft.grids.size).toBe(3);
});

test("the map draws changed grids itself, and none that an edit changed before and another removed", () => {
  const after = applied(draft, answer);
  expect([...after.changed.keys()]).toEqual(["a"]);
  expect([...after.gone].sort()).toEqual(["a", "b"]);
  const later = applied(after, { ...answer, version: 5, grids: [], removed: ["a"] });
  expect([...later.changed.keys()]).toEqual([]);
  expect([...later.gone].sort()).toEqual(["a", "b"]);
});

test("pieces are asked anew once some were cut or went, not when they only moved", () => {
  expect(applied(draft, answer).shaped).toBe(3);
  const reshaped = [{ piece: 9, grid: "a", kind: null, geometry: place }];
  expect(applied(draft, { ...answer, pieces: { moved: [], reshaped, removed: [] } }).shaped).toBe(4);
  expect(applied(draft, { ...answer, pieces: { moved: [], reshaped: [], removed: [1] } }).shaped).toBe(4);
});
