import { expect, test } from "vitest";
import { countFilling, filling, type GridPosts } from "./staffing";

const grid = (posts: number, vacancies: number, surpluses = 0): GridPosts => ({
  code: "J1",
  name: "J1",
  kind: "resident",
  area: null,
  posts,
  vacancies,
  surpluses,
});

test("a grid without anybody is empty, whatever it needs", () => {
  expect(filling(grid(0, 0))).toBe("empty");
  expect(filling(grid(2, 1, 1))).toBe("vacant");
  expect(filling(grid(2, 0, 1))).toBe("surplus");
  expect(filling(grid(2, 0))).toBe("full");
  expect(countFilling([grid(0, 3), grid(2, 0), grid(2, 0)])).toEqual({ empty: 1, vacant: 0, surplus: 0, full: 2 });
});
