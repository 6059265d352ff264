import type { GeoJSON } from "geojson";
import type {
  ExpressionSpecification,
  FilterSpecification,
  GeoJSONSource,
  LayerSpecification,
  MapGeoJSONFeature,
  MapLayerMouseEvent,
  Map as MapLibre,
  SourceSpecification,
} from "maplibre-gl";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import { useMap } from "./MapView";

const SourceContext = createContext<string>("");
export type Expression = ExpressionSpecification;

/** Geography that the layers inside are drawn from: GeoJSON that may change. */
export function GeoJsonSource({
  id,
  data,
  promoteId,
  children,
}: {
  id: string;
  data: GeoJSON;
  promoteId?: string;
  children?: ReactNode;
}) {
  const map = useMap();
  const isThere = useSource(id, { type: "geojson", data, promoteId });
  const drawn = useRef(data);
  useEffect(() => {
    if (!isThere || drawn.current === data) return;
    drawn.current = data;
    (map.getSource(id) as GeoJSONSource | undefined)?.setData(data);
  }, [map, id, data, isThere]);
  return isThere ? <SourceContext value={id}>{children}</SourceContext> : null;
}

/** Vector tiles of one network at a moment (layers `grids`: code, name, kind, area; `borders`: one line between two neighbours). */
export function NetworkSource({
  id,
  network,
  at,
  children,
}: {
  id: string;
  network: string;
  at?: string;
  children?: ReactNode;
}) {
  const query = at ? `?at=${encodeURIComponent(at)}` : "";
  const tiles = `${window.location.origin}/tiles/${encodeURIComponent(network)}/{z}/{x}/{y}.mvt${query}`;
  return (
    <TileSource key={tiles} id={id} tiles={tiles}>
      {children}
    </TileSource>
  );
}

/** Vector tiles of one address with {z}, {x} and {y}. */
export function TileSource({
  id,
  tiles,
  promoteId,
  children,
}: {
  id: string;
  tiles: string;
  /** Layer → the property that tells its features apart, for states that are set on them. */
  promoteId?: Record<string, string>;
  children?: ReactNode;
}) {
  const isThere = useSource(id, { type: "vector", tiles: [tiles], maxzoom: 16, ...(promoteId && { promoteId }) });
  return isThere ? <SourceContext value={id}>{children}</SourceContext> : null;
}

function useSource(id: string, specification: SourceSpecification): boolean {
  const map = useMap();
  const [isThere, setThere] = useState(false);
  const wanted = useRef(specification);
  wanted.current = specification;
  useEffect(() => {
    map.addSource(id, wanted.current);
    setThere(true);
    return () => {
      setThere(false);
      remove(map, id);
    };
  }, [map, id]);
  return isThere;
}

/** A source goes with its layers, whichever React takes down first. */
function remove(map: MapLibre, id: string): void {
  if (!isAlive(map)) return;
  for (const layer of map.getStyle()?.layers ?? [])
    if ("source" in layer && layer.source === id) map.removeLayer(layer.id);
  if (map.getSource(id)) map.removeSource(id);
}

function isAlive(map: MapLibre): boolean {
  try {
    return map.getStyle() !== undefined;
  } catch {
    return false;
  }
}

interface LayerProps {
  id: string;
  type: "fill" | "line" | "circle" | "symbol" | "heatmap";
  /** Properties of style layers, by their MapLibre names. */
  paint?: Record<string, unknown>;
  layout?: Record<string, unknown>;
  filter?: FilterSpecification | null;
  sourceLayer?: string;
  minzoom?: number;
  /** Layer that this one lies below; without one, `lines` for ground, `marks` for lines, nothing for the rest. */
  before?: string;
  onClick?: (feature: MapGeoJSONFeature, event: MapLayerMouseEvent) => void;
  onHover?: (feature: MapGeoJSONFeature | null, event: MapLayerMouseEvent) => void;
}

const SLOT_ABOVE: Partial<Record<LayerProps["type"], string>> = { fill: "lines", heatmap: "lines", line: "marks" };

/** One style layer of the source around it. */
export function StyleLayer({
  id,
  type,
  paint = {},
  layout = {},
  filter = null,
  sourceLayer,
  minzoom,
  before,
  onClick,
  onHover,
}: LayerProps) {
  const map = useMap();
  const source = useContext(SourceContext);
  const wanted = useRef({ paint, layout, filter });
  const [isThere, setThere] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what changes in paint, layout and filter is set below
  useEffect(() => {
    const layer = { id, type, source, ...wanted.current } as unknown as LayerSpecification & Record<string, unknown>;
    if (sourceLayer) layer["source-layer"] = sourceLayer;
    if (minzoom !== undefined) layer.minzoom = minzoom;
    if (!filter) delete layer.filter;
    const above = before ?? SLOT_ABOVE[type];
    map.addLayer(layer, above && map.getLayer(above) ? above : undefined);
    setThere(true);
    return () => {
      setThere(false);
      if (isAlive(map) && map.getLayer(id)) map.removeLayer(id);
    };
  }, [map, id, type, source, sourceLayer, minzoom, before]);

  useEffect(() => {
    if (!isThere || !map.getLayer(id)) return;
    for (const [name, value] of Object.entries(paint))
      if (wanted.current.paint[name] !== value) map.setPaintProperty(id, name as never, value as never);
    for (const [name, value] of Object.entries(layout))
      if (wanted.current.layout[name] !== value) map.setLayoutProperty(id, name as never, value as never);
    if (wanted.current.filter !== filter) map.setFilter(id, filter);
    wanted.current = { paint, layout, filter };
  }, [map, id, isThere, paint, layout, filter]);

  usePointer(id, onClick, onHover, isThere);
  return null;
}

function usePointer(
  id: string,
  onClick: LayerProps["onClick"],
  onHover: LayerProps["onHover"],
  isThere: boolean,
): void {
  const map = useMap();
  const calls = useRef({ onClick, onHover });
  calls.current = { onClick, onHover };
  const answersClicks = onClick !== undefined;
  const answersHover = onHover !== undefined;
  useEffect(() => {
    if (!isThere || !(answersClicks || answersHover)) return;
    const click = (event: MapLayerMouseEvent) => {
      const feature = event.features?.[0];
      if (feature) calls.current.onClick?.(feature, event);
    };
    const move = (event: MapLayerMouseEvent) => {
      map.getCanvas().style.cursor = answersClicks ? "pointer" : "";
      calls.current.onHover?.(event.features?.[0] ?? null, event);
    };
    const leave = (event: MapLayerMouseEvent) => {
      map.getCanvas().style.cursor = "";
      calls.current.onHover?.(null, event);
    };
    map.on("click", id, click);
    map.on("mousemove", id, move);
    map.on("mouseleave", id, leave);
    return () => {
      map.off("click", id, click);
      map.off("mousemove", id, move);
      map.off("mouseleave", id, leave);
    };
  }, [map, id, isThere, answersClicks, answersHover]);
}

/** `value` in classes: ["step", value, colors[0], breaks[0], colors[1], …]. */
export function classes(value: Expression, breaks: readonly number[], colors: readonly string[]): Expression {
  const steps = breaks.flatMap((limit, at) => [limit, colors[at + 1] ?? "#000000"]);
  return ["step", value, colors[0] ?? "#ffffff", ...steps] as unknown as Expression;
}

/** One colour per value of a property, another for all else. */
export function matched(property: string, colors: Record<string, string>, otherwise: string): Expression {
  const pairs = Object.entries(colors).flat();
  if (pairs.length === 0) return ["literal", otherwise] as unknown as Expression;
  return ["match", ["to-string", ["coalesce", ["get", property], ""]], ...pairs, otherwise] as unknown as Expression;
}
