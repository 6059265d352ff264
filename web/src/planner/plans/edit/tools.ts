import type { LineString, Polygon, Position } from "geojson";
import type { Map as MapLibre } from "maplibre-gl";

export const TOOLS = ["grids", "pieces", "brush", "lasso", "split", "draw"] as const;
export type Tool = (typeof TOOLS)[number];

/** Do the pieces have to be seen for it? */
export function isOfPieces(tool: Tool): boolean {
  return tool !== "grids";
}

/** Numbers of the pieces drawn within some pixels of a place on the screen. */
export function piecesNear(map: MapLibre, point: { x: number; y: number }, radius: number): number[] {
  const box: [[number, number], [number, number]] = [
    [point.x - radius, point.y - radius],
    [point.x + radius, point.y + radius],
  ];
  const found = map.queryRenderedFeatures(box, { layers: ["pieces-fill"] });
  return [...new Set(found.map((piece) => Number(piece.properties.piece)))];
}

/** Is the place inside the ring (even–odd)? */
export function isInside([x, y]: Position, ring: readonly Position[]): boolean {
  let inside = false;
  for (let at = 0, last = ring.length - 1; at < ring.length; last = at++) {
    const [ax = 0, ay = 0] = ring[at] ?? [];
    const [bx = 0, by = 0] = ring[last] ?? [];
    if (ay > (y ?? 0) !== by > (y ?? 0) && (x ?? 0) < ((bx - ax) * ((y ?? 0) - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

export type Drawn = Polygon | LineString;

/** The corners of what was drawn, each once. */
export function cornersOf(drawn: Drawn): number[][] {
  if (drawn.type === "LineString") return drawn.coordinates.map((corner) => corner.slice(0, 2));
  return (drawn.coordinates[0] ?? []).slice(0, -1).map((corner) => corner.slice(0, 2));
}
