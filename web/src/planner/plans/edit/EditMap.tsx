import type { GeoJSONSource, MapMouseEvent, MapSourceDataEvent } from "maplibre-gl";
import { useEffect, useRef } from "react";
import type { Bounds } from "@/shared/api/answers";
import { type Expression, GeoJsonSource, StyleLayer, TileSource } from "@/shared/map/layers";
import { MapView, useMap } from "@/shared/map/MapView";
import { Drawing } from "./Drawing";
import { CHANGED, GRIDS, GridLayers } from "./GridLayers";
import type { Draft } from "./state";
import { type Drawn, isOfPieces, piecesNear, type Tool } from "./tools";

const PIECE = {
  "fill-color": "#c0262d",
  "fill-opacity": ["case", ["boolean", ["feature-state", "picked"], false], 0.6, 0] as unknown as Expression,
};
const PIECE_EDGE = { "line-color": "#525b63", "line-width": 0.8, "line-dasharray": [2, 2] };
const NOTHING = { type: "FeatureCollection" as const, features: [] };
const CODE = { grids: "code" };
const NUMBER = { pieces: "piece" };
const BRUSH_PX = 6;
const FAR = 24;

interface EditMapProps {
  plan: number;
  draft: Draft;
  tool: Tool;
  bounds: Bounds | null;
  chosen: readonly string[];
  picked: ReadonlySet<number>;
  onGrid: (code: string, isMore: boolean) => void;
  onPieces: (pieces: number[], how: "toggle" | "add") => void;
  onDrawn: (drawn: Drawn) => void;
  /** Once, when the map is drawn for the first time. */
  onShown: () => void;
  label: string;
  /** What stands on each grid. */
  text: Expression;
}

/** Grids and pieces of the draft; what a click, a stroke of the brush or a drawn line does depends on the tool. */
export function EditMap(props: EditMapProps) {
  const { plan, draft, tool, bounds, picked, label } = props;
  const tiles = `${window.location.origin}/api/v1/plans/${plan}/tiles`;
  const pieces = `${tiles}/pieces/{z}/{x}/{y}.mvt?shapes=${draft.shaped}`;
  const [near, seen] = isOfPieces(tool) ? [11, 0] : [FAR, FAR];
  return (
    <MapView bounds={bounds} label={label}>
      <TileSource id={GRIDS} tiles={`${tiles}/grids/{z}/{x}/{y}.mvt`} promoteId={CODE}>
        <GridLayers source={GRIDS} sourceLayer="grids" text={props.text} />
      </TileSource>
      <GeoJsonSource id={CHANGED} data={NOTHING} promoteId="code">
        <GridLayers source={CHANGED} text={props.text} />
      </GeoJsonSource>
      <TileSource key={pieces} id="pieces" tiles={pieces} promoteId={NUMBER}>
        <StyleLayer id="pieces-fill" type="fill" sourceLayer="pieces" paint={PIECE} minzoom={seen} />
        <StyleLayer id="pieces-line" type="line" sourceLayer="pieces" paint={PIECE_EDGE} minzoom={near} />
        <Picked picked={picked} />
      </TileSource>
      <Changes draft={draft} />
      <States {...props} />
      <Pointer {...props} />
      <Drawing tool={tool} onDrawn={props.onDrawn} />
      <Shown onShown={props.onShown} />
    </MapView>
  );
}

/** Draws what edits changed over the tiles that the page was opened with; a tile drawn later shows the same below. */
function Changes({ draft }: { draft: Draft }) {
  const map = useMap();
  const { changed, gone } = draft;
  useEffect(() => {
    const source = map.getSource(CHANGED) as GeoJSONSource | undefined;
    if (!source || gone.size === 0) return;
    void source.setData({ type: "FeatureCollection", features: [...changed.values()] });
    // the old shapes go when the new ones are there, so that no grid is missing for a moment
    const hide = (event: MapSourceDataEvent) => {
      if (event.sourceId !== CHANGED || !map.isSourceLoaded(CHANGED)) return;
      map.off("sourcedata", hide);
      for (const id of gone) map.setFeatureState({ source: GRIDS, sourceLayer: "grids", id }, { gone: true });
    };
    map.on("sourcedata", hide);
    return () => {
      map.off("sourcedata", hide);
    };
  }, [map, changed, gone]);
  return null;
}

const MARKS = ["chosen", "locked", "broken"] as const;

/** Marks grids that are chosen, locked or break a rule by their state on the map: no tile is laid out anew for it. */
function States({ draft, chosen }: EditMapProps) {
  const map = useMap();
  const marked = useRef(new Map<string, string>());
  const { locks, breaches } = draft;
  useEffect(() => {
    const sets = [new Set(chosen), locks, new Set(breaches.map((breach) => breach.grid))];
    const codes = new Set(sets.flatMap((known) => [...known.keys()]));
    const next = new Map([...codes].map((code) => [code, sets.map((known) => Number(known.has(code))).join("")]));
    for (const id of new Set([...codes, ...marked.current.keys()])) {
      const now = next.get(id) ?? "000";
      if (now === (marked.current.get(id) ?? "000")) continue;
      const state = Object.fromEntries(MARKS.map((name, at) => [name, now[at] === "1"]));
      map.setFeatureState({ source: GRIDS, sourceLayer: "grids", id }, state);
      map.setFeatureState({ source: CHANGED, id }, state);
    }
    marked.current = next;
  }, [map, chosen, locks, breaches]);
  return null;
}

/** Marks picked pieces by their state on the map. */
function Picked({ picked }: { picked: ReadonlySet<number> }) {
  const map = useMap();
  useEffect(() => {
    const piece = (id: number) => ({ source: "pieces", sourceLayer: "pieces", id });
    for (const id of picked) map.setFeatureState(piece(id), { picked: true });
    return () => {
      if (map.style && map.getSource("pieces"))
        for (const id of picked) map.setFeatureState(piece(id), { picked: false });
    };
  }, [map, picked]);
  return null;
}

function Shown({ onShown }: { onShown: () => void }) {
  const map = useMap();
  const told = useRef(onShown);
  useEffect(() => {
    const tell = () => told.current();
    map.once("idle", tell);
    return () => {
      map.off("idle", tell);
    };
  }, [map]);
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
      const grid = map
        .queryRenderedFeatures(event.point, { layers: [`${CHANGED}-fill`, `${GRIDS}-fill`] })
        .find((found) => !found.state.gone);
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
