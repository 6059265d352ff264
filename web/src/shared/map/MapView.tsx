import { Alert } from "antd";
import {
  AttributionControl,
  Map as MapLibre,
  type MapMouseEvent,
  NavigationControl,
  prewarm,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bounds, PageFacts } from "../api/answers";
import { tellSignedOut } from "../api/client";
import { usePageFacts } from "../queries";
import { baseStyle } from "./base";
import { drawAfterPage, isDrawnBySoftware, panByPicture } from "./software";

setWorkerUrl(workerUrl);
// its workers start while the page still asks for what the map will show; unit tests have none
if ("Worker" in globalThis) prewarm();

/** Layers that draw nothing and keep the order: ground below `lines`, lines below `marks`, marks on top. */
const SLOTS = ["lines", "marks"] as const;

const MapContext = createContext<MapLibre | null>(null);

/** The map that a layer is drawn on; only inside <MapView>. */
export function useMap(): MapLibre {
  const map = useContext(MapContext);
  if (!map) throw new Error("useMap outside MapView");
  return map;
}

interface MapViewProps {
  /** Looked at when the map opens, and again whenever `bounds` becomes another box. */
  bounds?: Bounds | null;
  /** What it will show is still being asked for: an empty map is not yet a drawn one. */
  isWaiting?: boolean;
  className?: string;
  label?: string;
  onClick?: (event: MapMouseEvent) => void;
  children?: ReactNode;
}

/** A map with the deployment's base map; children are its layers, drawn from the first (below) to the last (above). */
export function MapView(props: MapViewProps) {
  const facts = usePageFacts();
  return facts.data || facts.error ? <Drawn {...props} facts={facts.data ?? null} /> : <div className="map" />;
}

function Drawn({
  bounds,
  isWaiting = false,
  className = "map",
  label,
  onClick,
  children,
  facts,
}: MapViewProps & { facts: PageFacts | null }) {
  const { t } = useTranslation("shared");
  const place = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibre | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const [hasGaps, setGaps] = useState(false);
  const clicked = useRef(onClick);
  clicked.current = onClick;
  const first = useRef(bounds);
  const filled = useRef(false);
  const name = label ?? t("map.label");

  // biome-ignore lint/correctness/useExhaustiveDependencies: a map is made once; what changes is set on it below
  useEffect(() => {
    if (!place.current) return;
    let made: MapLibre;
    try {
      made = new MapLibre({
        container: place.current,
        style: baseStyle(facts?.base_map ?? []),
        bounds: first.current ?? [73, 18, 135, 53],
        fitBoundsOptions: { padding: 32 },
        attributionControl: false,
        fadeDuration: 0,
        dragRotate: false,
        pitchWithRotate: false,
        locale: {
          "Map.Title": name,
          "NavigationControl.ZoomIn": t("map.zoomIn"),
          "NavigationControl.ZoomOut": t("map.zoomOut"),
          "AttributionControl.ToggleAttribution": t("map.sources"),
        },
      });
    } catch {
      setFailed(true);
      return;
    }
    made.touchZoomRotate.disableRotation();
    if (isDrawnBySoftware(made.getCanvas())) {
      panByPicture(made);
      made.once("idle", () => drawAfterPage(made));
    }
    made.addControl(new NavigationControl({ showCompass: false }), "top-right");
    made.addControl(new ScaleControl({}), "bottom-right");
    made.addControl(new AttributionControl({ compact: true }), "bottom-right");
    made.on("error", ({ error }) => {
      const status = "status" in error ? error.status : null;
      if (status === 401) tellSignedOut();
      else if (status !== null) setGaps(true);
      else reportError(error);
    });
    made.on("click", (event) => clicked.current?.(event));
    // not "load", which waits for a first picture of nothing
    made.once("style.load", () => {
      for (const slot of SLOTS) made.addLayer({ id: slot, type: "background", layout: { visibility: "none" } });
      setMap(made);
    });
    // whoever waits for a drawn map (tests, pictures) waits for its layers too, not for the empty ground before them
    made.on("idle", () => {
      if (filled.current && isEachDrawn(made)) made.getContainer().setAttribute("data-idle", String(Date.now()));
    });
    made.on("dataloading", () => made.getContainer().removeAttribute("data-idle"));
    return () => {
      setMap(null);
      made.remove();
    };
  }, []);

  useEffect(() => {
    if (!map || isWaiting) return;
    const drawing = requestAnimationFrame(() => {
      filled.current = true;
      map.triggerRepaint();
    });
    return () => cancelAnimationFrame(drawing);
  }, [map, isWaiting]);

  useEffect(() => {
    if (map && bounds) map.fitBounds(bounds, { padding: 32, duration: 0 });
  }, [map, bounds]);

  if (hasFailed) return <Alert type="error" title={t("map.failed")} />;
  return (
    <div className={className}>
      <div ref={place} style={{ position: "absolute", inset: 0 }} />
      {map && <MapContext value={map}>{children}</MapContext>}
      {hasGaps && (
        <Alert className="gaps" type="warning" title={t("map.gaps")} closable={{ onClose: () => setGaps(false) }} />
      )}
    </div>
  );
}

/** A source without a layer loads nothing: its layers are about to be added. */
function isEachDrawn(map: MapLibre): boolean {
  const { sources, layers } = map.getStyle();
  const drawn = new Set(layers.map((layer) => ("source" in layer ? layer.source : "")));
  return Object.keys(sources).every((id) => drawn.has(id));
}
