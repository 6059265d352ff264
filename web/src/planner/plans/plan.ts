export type Kind = "resident" | "business" | "institution";
export const KINDS: readonly Kind[] = ["resident", "business", "institution"];

export interface Band {
  quantity: string;
  minimum: number;
  target: number;
  maximum: number;
}

export interface Breach {
  grid: string;
  rule: string;
  says: string;
}

export interface Lock {
  grid: string;
  reason: string;
  by: string;
  at: string;
}

export interface Plan {
  id: number;
  name: string;
  status: "draft" | "consolidated" | "divided" | "published";
  version: number;
  crs: string;
  seed: number;
  networks: Record<string, number>;
  areas: string | null;
  cuts: string[];
  quantity_layers: string[];
  parameters: { bands?: Record<string, Band>; weights?: Record<string, number>; [name: string]: unknown };
  consolidation: {
    pieces?: number;
    ownership?: Ownership[];
    totals?: Record<string, { before: number; after: number }>;
    [name: string]: unknown;
  } | null;
  division: Record<string, unknown> | null;
  score: Record<string, unknown> | null;
  breaches: Breach[];
  locked: Lock[];
  created_by: string;
  created_at: string;
}

export interface Ownership {
  network: string;
  owners: number;
  pieces: number;
  area_m2: number;
  share_area: number;
  households?: number;
  share_households?: number;
  [quantity: string]: unknown;
}

export interface PieceProperties {
  piece: number;
  area: string | null;
  kind: Kind | null;
  grid: string | null;
  area_m2: number;
  [column: string]: unknown;
}

export interface GridProperties {
  code: string;
  name: string;
  kind: Kind;
  area: string | null;
  area_m2: number;
  pieces: number;
  amount?: number;
  target?: number;
  deviation?: number;
  kept_old?: number;
  [measure: string]: unknown;
}

export interface PlanScore {
  total: number;
  proximity: number;
  size: number;
  interest: number;
  management: number;
  drawn_by: Record<string, number>;
  [measure: string]: unknown;
}

export interface Candidate {
  number: number;
  name: string;
  chosen: boolean;
  weights: Record<string, number>;
  grids: number;
  measures: Record<string, number>;
  score: Record<string, number>;
  [member: string]: unknown;
}

export interface CompareAnswer {
  plans: Record<string, unknown>;
  difference: unknown;
  changes: Record<string, unknown>[];
  [member: string]: unknown;
}

export interface MatrixAnswer {
  grids: number;
  matters: number;
  cells: number;
  clean: number;
  duties: number;
  is_clean: boolean;
  unowned: { count: number; cells: number };
  duplicate: { count: number; cells: number };
  crossed: { count: number; cells: number };
}
