import type { Network } from "@/shared/api/answers";

/** One side of a comparison: a network as it was at a moment, now when there is none. */
export interface Side {
  network: string;
  at?: string | undefined;
}

export interface Comparison {
  left: Side;
  right: Side;
  isSwiped: boolean;
}

export const SIDE_COLORS = { left: "#0072b2", right: "#d55e00" } as const;

/** The first network beside the unified one, or else the next; one network beside itself where there is no other. */
export function firstComparison(networks: readonly Network[]): Comparison {
  const codes = networks.map(({ code }) => code);
  const left = codes.find((code) => code !== "unified") ?? codes[0] ?? "";
  const right =
    codes.find((code) => code === "unified" && code !== left) ?? codes.find((code) => code !== left) ?? left;
  return { left: { network: left }, right: { network: right }, isSwiped: true };
}

const STEPS: Record<string, number> = { ArrowLeft: -2, ArrowRight: 2, PageDown: -10, PageUp: 10 };

/** Where the handle goes by a key, in per cent of the width; null for keys that do not move it. */
export function moved(share: number, key: string): number | null {
  if (key === "Home") return 0;
  if (key === "End") return 100;
  const step = STEPS[key];
  return step === undefined ? null : clamped(share + step);
}

export function clamped(share: number): number {
  return Math.min(100, Math.max(0, share));
}
