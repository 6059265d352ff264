import { expect, test } from "vitest";
import { cell, type Notice, subjects } from "./notice";

test("an objection may be about each grid, matter or case once", () => {
  const lists = {
    grids_lost: [{ code: "J1", old: ["a/1"] }],
    duties_lost: [{ code: "06010", name: "暴露垃圾", grids: ["J1"] }, { code: "J1" }],
    cases_gained: [{ event: 7 }],
    own_grids: [{ network: "a", old: "1", new: "J2", share: 0.4 }],
  };
  expect(subjects({ lists } as unknown as Notice)).toEqual(["J1", "06010", "7", "J2"]);
});

test("cells are said in words", () => {
  const share = (value: unknown) => `${Number(value) * 100} %`;
  expect(cell("old", ["a/1", "a/2"], share)).toBe("a/1、a/2");
  expect(cell("share", 0.5, share)).toBe("50 %");
  expect(cell("grid", null, share)).toBe("");
});
