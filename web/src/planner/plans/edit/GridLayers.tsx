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

// Each set of properties that depend on the feature is a program of its own for the graphics card, which a browser
// without one compiles for long: all fills share one, all plain lines another, and no fill draws its edges itself.
const KINDS = matched("kind", COLORS, "#b8bec4");
const GROUND = { "fill-color": KINDS, "fill-opacity": unlessGone(0.55), "fill-antialias": false };
const DARK = ["match", ["get", "kind"], "", "#1f2328", "#1f2328"] as unknown as Expression;
const LOCKED = { "fill-color": DARK, "fill-opacity": where("locked", 0.28), "fill-antialias": false };
const EDGE = { "line-color": "#2f353b", "line-width": 1.4, "line-opacity": unlessGone(1) };
const BROKEN = { "line-color": "#e8890c", "line-width": 6, "line-opacity": where("broken", 1) };
const CHOSEN = { "line-color": "#c0262d", "line-width": 3.5, "line-opacity": where("chosen", 1) };
const LABEL = { "text-field": ["get", "code"], "text-size": 11 };
const HALO = {
  "text-color": "#1f2328",
  "text-halo-color": "#ffffff",
  "text-halo-width": 1.5,
  "text-opacity": unlessGone(1),
};

/** How grids are drawn; locked, broken, chosen and gone are states that are set on them. */
export function GridLayers({ source, sourceLayer }: { source: string; sourceLayer?: string }) {
  return (
    <>
      <StyleLayer id={`${source}-fill`} type="fill" paint={GROUND} sourceLayer={sourceLayer} />
      <StyleLayer id={`${source}-locked`} type="fill" paint={LOCKED} sourceLayer={sourceLayer} />
      <StyleLayer id={`${source}-broken`} type="line" paint={BROKEN} sourceLayer={sourceLayer} />
      <StyleLayer id={`${source}-line`} type="line" paint={EDGE} sourceLayer={sourceLayer} />
      <StyleLayer id={`${source}-chosen`} type="line" paint={CHOSEN} sourceLayer={sourceLayer} />
      <StyleLayer
        id={`${source}-label`}
        type="symbol"
        layout={LABEL}
        paint={HALO}
        minzoom={13}
        sourceLayer={sourceLayer}
      />
    </>
  );
}
