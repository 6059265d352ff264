import { expect, test } from "vitest";
import { type Duty, startOf } from "./duty";

const line: Duty = {
  number: "D1",
  list: "duties",
  kind: "component",
  table: "GB/T 30428.2-2013",
  code: "0101",
  scope: "owner:水务集团",
  hours: "",
  lead: "",
  role: "权属单位",
  assistants: ["城管局", "住建局"],
  limits: "2 工作时",
  closing: null,
  basis: null,
  replaces: true,
  valid_from: "2026-01-01T00:00:00Z",
};

test("a line that is changed keeps all that it says, in the words that the API takes", () => {
  const { valid_from: _, assistants: __, ...same } = line;
  expect(startOf(line)).toEqual({ ...same, closing: "", basis: "", assistants: "城管局,住建局" });
});

test("a new line holds everywhere until somebody says where", () => {
  expect(startOf(null)).toEqual({ kind: "matter", scope: "everywhere" });
});
