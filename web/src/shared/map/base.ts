import type { StyleSpecification } from "maplibre-gl";

/** The style under everything: raster tiles ({z}/{x}/{y}) from the first (below) to the last, a style's URL, or plain. */
export function baseStyle(baseMap: readonly string[]): StyleSpecification | string {
  const first = baseMap[0];
  if (first && !first.includes("{z}")) return first;
  return {
    version: 8,
    sources: Object.fromEntries(
      baseMap.map((tiles, at) => [`base-${at}`, { type: "raster" as const, tiles: [tiles], tileSize: 256 }]),
    ),
    layers: [
      { id: "background", type: "background", paint: { "background-color": "#eef1f3" } },
      ...baseMap.map((_, at) => ({ id: `base-${at}`, type: "raster" as const, source: `base-${at}` })),
    ],
  };
}
