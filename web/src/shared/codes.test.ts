import { expect, test } from "vitest";
import { commonHead, shortened } from "./codes";

test.each([
  [["510106001001001", "510106001001002"], "510106001001"],
  [["510106001001001", "510106001002001"], "510106001"],
  [["510106001001001", "510106002001001"], "510106"],
  [["510106001001001", "510107001001001"], ""],
  [["510106001001001"], ""],
  [["A", "B"], ""],
  [[], ""],
])("%j begin with %j", (codes, head) => {
  expect(commonHead(codes)).toBe(head);
});

test("a code that does not begin as the others stays whole", () => {
  const short = shortened(["510106001001001", "510106001001002"]);
  expect(["510106001001007", "510106002001001"].map(short)).toEqual(["007", "510106002001001"]);
});
