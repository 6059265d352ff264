import { expect, test } from "vitest";
import { readRules } from "./rulebook";

test("only a JSON object is a rulebook", () => {
  expect(readRules('{"basis": "due"}')).toEqual({ basis: "due" });
  for (const text of ["", "{", "[]", "null", "3", '"due"']) expect(readRules(text)).toBeNull();
});
