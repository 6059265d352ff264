import { expect, test } from "vitest";
import type { Shapes } from "@/shared/api/answers";
import { boundsOf, widened } from "@/shared/map/bounds";
import type { PieceProperties } from "../plans/plan";
import { flows } from "./flows";
import { looksOf } from "./looks";
import { countOwners } from "./Overlap";

const square = {
  type: "Polygon" as const,
  coordinates: [
    [
      [0, 0],
      [2, 0],
      [2, 1],
      [0, 0],
    ],
  ],
};

function piece(number: number, codes: Record<string, string>) {
  const properties = { piece: number, area: null, kind: null, grid: null, area_m2: 1, ...codes };
  return { type: "Feature" as const, geometry: square, properties };
}

test("owners of a piece are the codes of the networks that count, several of one network each by itself", () => {
  const pieces: Shapes<PieceProperties> = {
    type: "FeatureCollection",
    features: [piece(0, { a: "", b: "" }), piece(1, { a: "1", b: "" }), piece(2, { a: "1|2", b: "9" })],
  };
  const owners = (networks: string[]) => countOwners(pieces, networks).features.map((one) => one.properties.owners);
  expect(owners(["a", "b"])).toEqual([0, 1, 3]);
  expect(owners(["b"])).toEqual([0, 0, 1]);
});

test("a Sankey shows the flows between grids, largest first, by households, and none to nowhere", () => {
  const rows = [
    { a: "1", b: "x", area_m2: 9, households: 10 },
    { a: "1", b: "y", area_m2: 1, households: 30 },
    { a: "", b: "y", area_m2: 1, households: 5 },
  ];
  expect(flows(rows).links.map((link) => [link.source.trim(), link.target.trim(), link.value])).toEqual([
    ["1", "y", 30],
    ["1", "x", 10],
  ]);
  expect(flows(rows.map((row) => ({ ...row, households: 0 }))).links[0]?.value).toBe(9);
  expect(flows(rows, "2").links).toEqual([]);
});

test("networks keep what was changed by hand", () => {
  const network = { code: "a", name: "A", department: null, editions: 1, newest_edition: 1, grids: 3, created_at: "" };
  const [look] = looksOf([network], { a: { isShown: false, color: "#000000" } });
  expect(look).toMatchObject({ code: "a", isShown: false, color: "#000000", hasLabels: false });
});

test("the box around shapes", () => {
  expect(
    boundsOf({ type: "FeatureCollection", features: [{ type: "Feature", geometry: square, properties: {} }] }),
  ).toEqual([0, 0, 2, 1]);
  expect(boundsOf({ type: "FeatureCollection", features: [] })).toBeNull();
  expect(widened([1, 1, 1, 1], 0.5)).toEqual([0.5, 0.5, 1.5, 1.5]);
});
