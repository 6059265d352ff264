import type { Shapes } from "@/shared/api/answers";
import { codeText } from "@/shared/codes";
import { number, share } from "@/shared/format";
import { AMOUNT, DEVIATION, KIND_COLORS } from "@/shared/map/colors";
import { classes, type Expression, matched } from "@/shared/map/layers";
import type { GridProperties } from "../plan";

export const COLORINGS = ["kind", "size", "deviation", "workload", "stability"] as const;
export type Coloring = (typeof COLORINGS)[number];

export interface Colored {
  color: Expression;
  legend: { color: string; label: string }[];
}

const DEVIATION_BREAKS = [-0.25, -0.1, 0.1, 0.25];
const SHARE_BREAKS = [0.2, 0.4, 0.6, 0.8];

/** How grids are coloured, and what the colours mean; amounts in five classes of as many grids each. */
export function colored(
  coloring: Coloring,
  grids: Shapes<GridProperties>,
  load: string,
  kindName: (kind: string) => string,
): Colored {
  if (coloring === "kind") {
    const { none: _, ...colors } = KIND_COLORS;
    const legend = Object.entries(colors).map(([kind, color]) => ({ color, label: kindName(kind) }));
    return { color: matched("kind", colors, KIND_COLORS.none ?? "#b8bec4"), legend };
  }
  if (coloring === "deviation") return stepped("deviation", DEVIATION_BREAKS, DEVIATION, (value) => share(value, 0));
  if (coloring === "stability") return stepped("kept_old", SHARE_BREAKS, AMOUNT, (value) => share(value, 0));
  const property = coloring === "size" ? "area_m2" : load;
  const unit =
    coloring === "size" ? (value: number) => `${number(value / 1e4, 1)} ha` : (value: number) => number(value);
  return stepped(property, quantiles(grids, property), AMOUNT, unit);
}

/** Codes on the map, without the district or street that they all begin with: long labels hide the ground. */
export function shortCode(grids: Shapes<GridProperties>): Expression {
  return codeText(grids.features.map((grid) => grid.properties.code));
}

function stepped(property: string, breaks: number[], colors: string[], words: (value: number) => string): Colored {
  const legend = breaks.map((limit, at) => ({ color: colors[at] ?? "#000", label: `< ${words(limit)}` }));
  legend.push({ color: colors[breaks.length] ?? "#000", label: `≥ ${words(breaks.at(-1) ?? 0)}` });
  const value = ["coalesce", ["get", property], 0] as unknown as Expression;
  return { color: classes(value, breaks, colors), legend };
}

/** Four limits that leave as many grids in each of five classes; strictly rising, as a step expression needs. */
export function quantiles(grids: Shapes<GridProperties>, property: string): number[] {
  const values = grids.features
    .map((grid) => Number(grid.properties[property] ?? 0))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const limits = [0.2, 0.4, 0.6, 0.8].map((part) => values[Math.floor(part * values.length)] ?? 0);
  const rising = [...new Set(limits)];
  return rising.length > 0 ? rising : [1];
}

/** Grids per class of amount / target, a tenth wide, each kind by itself; the last class takes what lies above. */
export function histogram(grids: Shapes<GridProperties>, kinds: readonly string[]) {
  const width = 0.1;
  const most = 2;
  const classesCount = Math.round(most / width) + 1;
  const labels = Array.from({ length: classesCount }, (_, at) => (at * width).toFixed(1));
  const series = kinds.map((kind) => {
    const counts = new Array<number>(classesCount).fill(0);
    for (const { properties } of grids.features) {
      if (properties.kind !== kind || !properties.target) continue;
      const ratio = (properties.amount ?? 0) / properties.target;
      const at = Math.min(classesCount - 1, Math.max(0, Math.floor(ratio / width + 1e-9)));
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return { kind, counts };
  });
  return { labels, series };
}
