import { useMemo } from "react";
import { KIND_COLORS } from "@/shared/map/colors";
import { type Expression, matched, StyleLayer } from "@/shared/map/layers";

/** The plan's grids as tiles, and those that edits changed since, over them. */
export const GRIDS = "grids";
export const CHANGED = "changed";

const { none: _, ...COLORS } = KIND_COLORS;
const has = (name: string) => ["boolean", ["feature-state", name], false];
/** How strongly a grid is drawn: not at all once a changed shape stands in its place. */
const unlessGone = (shown: unknown) => ["case", has("gone"), 0, shown] as unknown as Expression;
const where = (name: string, shown: number) => unlessGone(["case", has(name), shown, 0]);

// A browser without a graphics card draws every pixel of a layer, seen or not, and compiles each set of properties that
// depend on the feature for long. So one fill shows kind and lock, it does not draw its edges itself, and a line that is
// not to be seen has no width: what has none costs nothing, what is transparent as much as what is not.
const KINDS = matched("kind", COLORS, "#b8bec4");
const SHADE = ["interpolate", ["linear"], ["case", has("locked"), 0.35, 0], 0, KINDS, 1, "#1f2328"];
const SHOWN = unlessGone(["case", has("locked"), 0.7, 0.55]);
const GROUND = { "fill-color": SHADE, "fill-opacity": SHOWN, "fill-antialias": false };
const EDGE = { "line-color": "#2f353b", "line-width": unlessGone(1.4) };
const BROKEN = { "line-color": "#e8890c", "line-width": where("broken", 6) };
const CHOSEN = { "line-color": "#c0262d", "line-width": where("chosen", 3.5) };
const HALO = {
  "text-color": "#1f2328",
  "text-halo-color": "#ffffff",
  "text-halo-width": 1.5,
  "text-opacity": unlessGone(1),
};

/** How grids are drawn, with `text` on them; locked, broken, chosen and gone are states that are set on them. */
export function GridLayers({ source, sourceLayer, text }: { source: string; sourceLayer?: string; text: Expression }) {
  const label = useMemo(() => ({ "text-field": text, "text-size": 11 }), [text]);
  return (
    <>
      <StyleLayer id={`${source}-fill`} type="fill" paint={GROUND} sourceLayer={sourceLayer} />
      <StyleLayer id={`${source}-broken`} type="line" paint={BROKEN} sourceLayer={sourceLayer} />
      <StyleLayer id={`${source}-line`} type="line" paint={EDGE} sourceLayer={sourceLayer} />
      <StyleLayer id={`${source}-chosen`} type="line" paint={CHOSEN} sourceLayer={sourceLayer} />
      <StyleLayer
        id={`${source}-label`}
        type="symbol"
        layout={label}
        paint={HALO}
        minzoom={13}
        sourceLayer={sourceLayer}
      />
    </>
  );
}
