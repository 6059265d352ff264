import type { GeoJSONSource, MapMouseEvent } from "maplibre-gl";
import { useEffect, useMemo, useRef } from "react";
import type { Bounds } from "@/shared/api/answers";
import { KIND_COLORS } from "@/shared/map/colors";
import { type Expression, GeoJsonSource, matched, StyleLayer } from "@/shared/map/layers";
import { MapView, useMap } from "@/shared/map/MapView";
import { Drawing } from "./Drawing";
import { type Draft, shapeOf } from "./state";
import { type Drawn, piecesNear, type Tool } from "./tools";

const { none: _, ...COLORS } = KIND_COLORS;
const GROUND = { "fill-color": matched("kind", COLORS, "#b8bec4"), "fill-opacity": 0.55 };
const EDGE = { "line-color": "#2f353b", "line-width": 1.4 };
const PIECE = {
  "fill-color": "#c0262d",
  "fill-opacity": ["case", ["boolean", ["feature-state", "picked"], false], 0.6, 0] as unknown as Expression,
};
const PIECE_EDGE = { "line-color": "#525b63", "line-width": 0.8, "line-dasharray": [2, 2] };
const CHOSEN = { "line-color": "#c0262d", "line-width": 3.5 };
const LOCKED = { "fill-color": "#1f2328", "fill-opacity": 0.28 };
const BROKEN = { "line-color": "#b45309", "line-width": 3, "line-dasharray": [1.5, 1] };
const LABEL = { "text-field": ["get", "code"], "text-size": 11 };
const HALO = { "text-color": "#1f2328", "text-halo-color": "#ffffff", "text-halo-width": 1.5 };
const BRUSH_PX = 6;

interface EditMapProps {
  draft: Draft;
  tool: Tool;
  bounds: Bounds | null;
  chosen: readonly string[];
  picked: ReadonlySet<number>;
  onGrid: (code: string, isMore: boolean) => void;
  onPieces: (pieces: number[], how: "toggle" | "add") => void;
  onDrawn: (drawn: Drawn) => void;
  label: string;
}

const oneOf = (codes: readonly string[]) => ["in", ["get", "code"], ["literal", [...codes]]] as never;

/** Grids and pieces of the draft; what a click, a stroke of the brush or a drawn line does depends on the tool. */
export function EditMap(props: EditMapProps) {
  const { draft, tool, bounds, chosen, label } = props;
  // Sources take the first state whole; after that only what an edit changed (see Changes).
  // biome-ignore lint/correctness/useExhaustiveDependencies: once per opened plan
  const first = useMemo(
    () => ({ grids: collection(draft.grids.values()), pieces: collection(draft.pieces.values()) }),
    [],
  );
  const locked = useMemo(() => oneOf([...draft.locks.keys()]), [draft.locks]);
  const broken = useMemo(() => oneOf([...new Set(draft.breaches.map((breach) => breach.grid))]), [draft.breaches]);
  const selected = useMemo(() => oneOf(chosen), [chosen]);
  return (
    <MapView bounds={bounds} label={label}>
      <GeoJsonSource id="grids" data={first.grids} promoteId="code">
        <StyleLayer id="grids-fill" type="fill" paint={GROUND} />
        <StyleLayer id="grids-locked" type="fill" paint={LOCKED} filter={locked} />
        <StyleLayer id="grids-line" type="line" paint={EDGE} />
        <StyleLayer id="grids-broken" type="line" paint={BROKEN} filter={broken} />
        <StyleLayer id="grids-chosen" type="line" paint={CHOSEN} filter={selected} />
        <StyleLayer id="grids-label" type="symbol" layout={LABEL} paint={HALO} minzoom={13} />
      </GeoJsonSource>
      <GeoJsonSource id="pieces" data={first.pieces} promoteId="piece">
        <StyleLayer id="pieces-fill" type="fill" paint={PIECE} />
        <StyleLayer id="pieces-line" type="line" paint={PIECE_EDGE} minzoom={tool === "grids" ? 24 : 11} />
      </GeoJsonSource>
      <Changes draft={draft} />
      <Picked picked={props.picked} />
      <Pointer {...props} />
      <Drawing tool={tool} onDrawn={props.onDrawn} />
    </MapView>
  );
}

function collection<T>(features: Iterable<T>) {
  return { type: "FeatureCollection" as const, features: [...features] } as never;
}

/** Hands the map what the last answer changed, so that an edit of one grid does not draw the city anew. */
function Changes({ draft }: { draft: Draft }) {
  const map = useMap();
  const { last, pieces } = draft;
  useEffect(() => {
    if (!last) return;
    const grids = map.getSource("grids") as GeoJSONSource | undefined;
    grids?.updateData({ remove: last.removed, add: last.grids.map(shapeOf) as never });
    const cut = last.pieces.reshaped.map(({ piece }) => pieces.get(piece)).filter((piece) => piece !== undefined);
    if (cut.length + last.pieces.removed.length === 0) return;
    (map.getSource("pieces") as GeoJSONSource | undefined)?.updateData({
      remove: last.pieces.removed,
      add: cut as never,
    });
  }, [map, last, pieces]);
  return null;
}

/** Marks picked pieces by their state on the map. */
function Picked({ picked }: { picked: ReadonlySet<number> }) {
  const map = useMap();
  useEffect(() => {
    for (const id of picked) map.setFeatureState({ source: "pieces", id }, { picked: true });
    return () => {
      if (map.style && map.getSource("pieces"))
        for (const id of picked) map.setFeatureState({ source: "pieces", id }, { picked: false });
    };
  }, [map, picked]);
  return null;
}

/** Clicks and strokes. */
function Pointer({ tool, onGrid, onPieces }: EditMapProps) {
  const map = useMap();
  const calls = useRef({ onGrid, onPieces });
  calls.current = { onGrid, onPieces };
  useEffect(() => {
    const click = (event: MapMouseEvent) => {
      if (tool === "pieces") calls.current.onPieces(piecesNear(map, event.point, 0), "toggle");
      if (tool !== "grids") return;
      const [grid] = map.queryRenderedFeatures(event.point, { layers: ["grids-fill"] });
      const { ctrlKey, shiftKey, metaKey } = event.originalEvent;
      if (grid) calls.current.onGrid(String(grid.properties.code), ctrlKey || shiftKey || metaKey);
    };
    let isPainting = false;
    const paint = (event: MapMouseEvent) => {
      if (isPainting) calls.current.onPieces(piecesNear(map, event.point, BRUSH_PX), "add");
    };
    const press = (event: MapMouseEvent) => {
      isPainting = true;
      paint(event);
    };
    const release = () => {
      isPainting = false;
    };
    map.on("click", click);
    if (tool === "brush") {
      map.dragPan.disable();
      map.on("mousedown", press);
      map.on("mousemove", paint);
      map.on("mouseup", release);
    }
    return () => {
      map.off("click", click);
      map.off("mousedown", press);
      map.off("mousemove", paint);
      map.off("mouseup", release);
      map.dragPan.enable();
    };
  }, [map, tool]);
  return null;
}
