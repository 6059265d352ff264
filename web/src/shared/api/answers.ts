/** What routes answer whose bodies the OpenAPI document does not describe field by field. */
import type { Feature, FeatureCollection, Geometry } from "geojson";

export type Scope = "lookup" | "events" | "plan" | "admin";

export interface Me {
  kind: "user" | "key";
  name: string;
  scopes: Scope[];
}

export interface PageFacts {
  version: string;
  time_zone: string;
  base_map: string[];
  public_lookup: boolean;
  public_page: boolean;
}

export interface Network {
  code: string;
  name: string;
  department: string | null;
  editions: number;
  newest_edition: number | null;
  grids: number;
  created_at: string;
}

export interface Edition {
  id: number;
  network: string;
  status: "draft" | "published" | "retired";
  plan: number | null;
  valid_from: string | null;
  valid_until: string | null;
  grids: number;
  created_by: string;
  created_at: string;
  [member: string]: unknown;
}

export interface Layer {
  name: string;
  kind: string;
  features: number;
  quantities: string[];
  created_at: string;
}

export type RunStatus = "queued" | "running" | "succeeded" | "failed" | "cancelled";

export interface Run {
  id: number;
  kind: string;
  status: RunStatus;
  progress: number;
  message: string;
  requested_by: string;
  parameters: Record<string, unknown>;
  outcome: Record<string, unknown> | null;
  error: { [member: string]: unknown } | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export interface TileJson {
  bounds?: [number, number, number, number];
  edition: number | null;
  grids: number;
}

export type Properties = Record<string, unknown>;
export type Shapes<P = Properties> = FeatureCollection<Geometry, P>;
export type Shape<P = Properties> = Feature<Geometry, P>;
/** Features of which a map needs no shape: it draws them from tiles. */
export interface Boxed<P = Properties> {
  features: { bbox: Bounds; properties: P }[];
}
export type Bounds = [number, number, number, number];
