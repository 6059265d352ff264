import { describe, expect, test } from "vitest";
import { fits, middle, needsReason, type Transfer, ways } from "./transfer";

const ROW: Transfer = {
  post: 1,
  person: 1,
  name: "张伟",
  network: "governance",
  old_grid: "g1",
  old_role: "grid_chief",
  proposed: "J1",
  proposed_role: "grid_chief",
  share: 0.9,
  distance_m: 120,
  sure: true,
  reason: "most of its ground",
  state: "open",
  to: "J1",
  to_role: "grid_chief",
  why: "",
  decided_by: null,
  decided_at: null,
};

describe("reasons", () => {
  test("what is sure and as proposed needs none", () => {
    expect(needsReason([ROW], { state: "accepted" })).toBe(false);
    expect(needsReason([ROW], { state: "accepted", grid: "J1" })).toBe(false);
    expect(needsReason([{ ...ROW, sure: false }], { state: "open" })).toBe(false);
  });

  test("edits, doubts and endings do", () => {
    expect(needsReason([ROW], { state: "accepted", grid: "J2" })).toBe(true);
    expect(needsReason([ROW], { state: "accepted", role: "volunteer" })).toBe(true);
    expect(needsReason([ROW, { ...ROW, sure: false }], { state: "accepted" })).toBe(true);
    expect(needsReason([ROW], { state: "leaves" })).toBe(true);
  });
});

test("filters go by words, decision and certainty", () => {
  expect(fits(ROW, { text: "张" })).toBe(true);
  expect(fits(ROW, { text: "李" })).toBe(false);
  expect(fits(ROW, { state: "accepted" })).toBe(false);
  expect(fits(ROW, { sure: false })).toBe(false);
});

test("the middle is that of the largest part", () => {
  const square = (at: number, side: number) => [
    [at, at],
    [at + side, at],
    [at + side, at + side],
    [at, at + side],
    [at, at],
  ];
  expect(middle({ type: "Polygon", coordinates: [square(113, 1)] })).toEqual([113.5, 113.5]);
  expect(middle({ type: "MultiPolygon", coordinates: [[square(0, 1)], [square(10, 2)]] })).toEqual([11, 11]);
  expect(middle({ type: "Point", coordinates: [1, 2] })).toBeNull();
});

test("posts that go the same way are one line, those that go nowhere a point", () => {
  const old = new Map([["governance", new Map([["g1", [0, 0]]])]]);
  const fresh = new Map([["J1", [1, 1]]]);
  const nowhere = { ...ROW, post: 3, to: null, sure: false };
  const strange = { ...ROW, post: 4, old_grid: "gone" };
  const made = ways([ROW, { ...ROW, post: 2 }, nowhere, strange], old, fresh).features;
  expect(made.map(({ geometry, properties }) => [geometry.type, properties.state, properties.posts])).toEqual([
    ["LineString", "open", 2],
    ["Point", "unsure", 1],
  ]);
});
