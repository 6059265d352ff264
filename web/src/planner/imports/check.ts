import { useQuery } from "@tanstack/react-query";
import type { Shapes } from "@/shared/api/answers";
import { sendForm } from "@/shared/api/client";
import type { Dropped } from "./groups";

export type Repair = "none" | "safe" | "full";

/** What a planner says about a file; what is left out is taken from the file itself. */
export interface Choices {
  crs?: string | undefined;
  encoding?: string | undefined;
  layer?: string | undefined;
  code_field?: string | undefined;
  name_field?: string | undefined;
  repair: Repair;
}

export interface FoundProblem {
  kind: string;
  severity: "error" | "warning" | "info";
  row: number | null;
  code: string;
  other_code: string;
  lon: number | null;
  lat: number | null;
  area_m2: number | null;
  message: string;
  remedy: string;
  [member: string]: unknown;
}

interface Found {
  features: number;
  area_m2: number;
  errors: number;
  counts: Record<string, number>;
  summary: { kind: string; severity: string; count: number; meaning: string; remedy: string }[];
}

export interface CheckedShape {
  row: number;
  code: string;
  name: string;
  attributes: Record<string, string>;
  [member: string]: unknown;
}

export interface Checked {
  preview: {
    file: string;
    format: string;
    layer: string;
    layers: string[];
    features: number;
    fields: string[];
    samples: Record<string, string[]>;
    encoding: string | null;
    encoding_reason: string;
    crs: string;
    crs_reason: string;
    code_field: string;
    notes: string[];
  };
  found: Found;
  storable: boolean;
  features_total: number;
  features: Shapes<CheckedShape>;
  problems: Shapes<FoundProblem>;
  repair?: { summary: { action: string; count: number; area_m2: number }[]; accounts: Record<string, number> };
  left?: Found;
  repaired?: Shapes<CheckedShape>;
  problems_left?: Shapes<FoundProblem>;
}

/** The check of dropped files with a planner's choices; nothing is stored. */
export function useCheck(dropped: Dropped, choices: Choices) {
  return useQuery({
    queryKey: ["check", dropped.key, dropped.files.map((file) => [file.name, file.size, file.lastModified]), choices],
    queryFn: ({ signal }) => sendForm<Checked>("/api/v1/checks", dropped.files, { ...choices }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 5 * 60_000,
    retry: false,
    structuralSharing: false,
    placeholderData: (before, query) => (query?.queryKey[1] === dropped.key ? before : undefined),
  });
}
