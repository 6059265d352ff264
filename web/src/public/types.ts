import type { Bounds } from "@/shared/api/answers";

export interface Place {
  lon: number;
  lat: number;
  accuracy_m?: number;
}

export interface PlaceAnswer {
  grids: {
    network: string;
    network_name: string;
    department: string | null;
    code: string;
    name: string | null;
    kind: string | null;
    ambiguous: boolean;
  }[];
  nearest: { code: string; distance_m: number } | null;
  answers: { department: string | null; contact: string | null };
  by_duty: boolean;
}

export interface Matter {
  kind: string;
  code: string;
  name: string;
  category: string;
}

export interface PublicStep {
  what: string;
  at: string;
  department: string;
  words: string;
  until: string | null;
}

export interface PublicCase {
  number: number;
  reported_at: string;
  lon: number;
  lat: number;
  text: string;
  address: string;
  matter: { code: string; name: string | null } | null;
  grid: string | null;
  department: string | null;
  contact: string | null;
  step: string;
  suspended: boolean;
  due_at: string | null;
  late: boolean;
  closed_at: string | null;
  closing_words: string;
  deadlines: { condition: string; due_at: string | null; met: boolean }[];
  trail: PublicStep[];
  photos: number;
  joined: { step: string; due_at: string | null; closed_at: string | null } | null;
  may: ("evaluate" | "note" | "photo")[];
}

export interface Sent extends PublicCase {
  code: string;
  alike: number;
}

export interface OpenPlan {
  plan: number;
  name: string;
  words: string;
  closes_at: string;
  grids: number;
  bounds: Bounds;
}
