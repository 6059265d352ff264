import { useEffect, useRef } from "react";
import { TerraDraw, TerraDrawFreehandMode, TerraDrawLineStringMode, TerraDrawPolygonMode } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import { useMap } from "@/shared/map/MapView";
import type { Drawn, Tool } from "./tools";

const MODES: Partial<Record<Tool, string>> = { lasso: "freehand", split: "linestring", draw: "polygon" };

/** Lines and areas drawn on the map with Terra Draw; what is finished is handed on and taken off the map. */
export function Drawing({ tool, onDrawn }: { tool: Tool; onDrawn: (drawn: Drawn) => void }) {
  const map = useMap();
  const told = useRef(onDrawn);
  told.current = onDrawn;
  const mode = MODES[tool];
  useEffect(() => {
    if (!mode) return;
    const draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }),
      modes: [
        new TerraDrawFreehandMode({ drawInteraction: "click-drag" }),
        new TerraDrawLineStringMode(),
        new TerraDrawPolygonMode(),
      ],
    });
    draw.start();
    draw.setMode(mode);
    draw.on("finish", (id) => {
      const drawn = draw.getSnapshot().find((feature) => feature.id === id);
      // a mode still holds what it has just finished: take it away once it has let go
      queueMicrotask(() => draw.enabled && draw.clear());
      if (drawn) told.current(drawn.geometry as Drawn);
    });
    return () => draw.stop();
  }, [map, mode]);
  return null;
}
