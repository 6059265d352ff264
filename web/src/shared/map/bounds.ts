import type { GeoJSON, Geometry, Position } from "geojson";
import type { Bounds } from "../api/answers";

/** The box around any GeoJSON in degrees; null where it has no coordinates. */
export function boundsOf(shape: GeoJSON): Bounds | null {
  const box: Bounds = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  const take = ([lon, lat]: Position) => {
    if (lon === undefined || lat === undefined) return;
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  };
  each(shape, take);
  return Number.isFinite(box[0]) ? box : null;
}

function each(shape: GeoJSON | null, take: (position: Position) => void): void {
  if (!shape) return;
  if (shape.type === "FeatureCollection") for (const feature of shape.features) each(feature, take);
  else if (shape.type === "Feature") each(shape.geometry, take);
  else if (shape.type === "GeometryCollection") for (const part of shape.geometries) each(part, take);
  else walk((shape as Exclude<Geometry, { type: "GeometryCollection" }>).coordinates, take);
}

function walk(coordinates: unknown, take: (position: Position) => void): void {
  if (!Array.isArray(coordinates)) return;
  if (typeof coordinates[0] === "number") take(coordinates as Position);
  else for (const inner of coordinates) walk(inner, take);
}

/** A box with some room around it, so that a single point can be looked at too (degrees). */
export function widened(box: Bounds, by = 0.0008): Bounds {
  return [box[0] - by, box[1] - by, box[2] + by, box[3] + by];
}
