import type { Map as MapLibre } from "maplibre-gl";
import { useEffect, useRef } from "react";
import { useMap } from "@/shared/map/MapView";

type Group = Map<string, MapLibre>;

/** A group of maps that show the same place. */
export function useTogether(): Group {
  return useRef<Group>(new Map()).current;
}

/** Inside a MapView: this map joins the group; when somebody moves it, the others follow. */
export function Together({ group, side }: { group: Group; side: string }) {
  const map = useMap();
  useEffect(() => {
    group.set(side, map);
    const follow = (event: { originalEvent?: unknown }) => {
      if (!event.originalEvent) return;
      for (const [name, other] of group)
        if (name !== side) other.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
    };
    map.on("move", follow);
    return () => {
      map.off("move", follow);
      group.delete(side);
    };
  }, [map, group, side]);
  return null;
}
