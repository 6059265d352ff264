import { expect, test } from "vitest";
import type { Network } from "@/shared/api/answers";
import { firstComparison, moved } from "./comparison";

const networks = (...codes: string[]) => codes.map((code) => ({ code, name: code }) as Network);

test("the unified network is compared with an old one, else two old ones", () => {
  expect(firstComparison(networks("unified", "a", "b"))).toMatchObject({
    left: { network: "a" },
    right: { network: "unified" },
  });
  expect(firstComparison(networks("a", "b"))).toMatchObject({ left: { network: "a" }, right: { network: "b" } });
  expect(firstComparison(networks("unified"))).toMatchObject({
    left: { network: "unified" },
    right: { network: "unified" },
  });
});

test("keys move the handle and never beyond the edge", () => {
  expect(moved(50, "ArrowRight")).toBe(52);
  expect(moved(1, "ArrowLeft")).toBe(0);
  expect(moved(95, "PageUp")).toBe(100);
  expect([moved(50, "Home"), moved(50, "End"), moved(50, "Tab")]).toEqual([0, 100, null]);
});
