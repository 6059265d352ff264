import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@/shared/api/client";

export const UNITS = ["area", "grid", "department", "person"] as const;
export type Unit = (typeof UNITS)[number];

export interface Score {
  unit: string;
  total: number | null;
  grade: string | null;
  figures: Record<string, number | null>;
  cases: number;
}

export interface WhistleFigures {
  name: string;
  calls: number;
  late: number;
  share_answered: number;
  share_arrived: number;
  median_minutes: number | null;
  mean_score: number | null;
}

/** The score of a whole city: points are taken from those who work in it, so that it has a composite of its shares. */
export function wholeScore(score: Score | undefined): number | null {
  return score?.total ?? score?.figures.composite ?? null;
}

const MINUTES = 60_000;

/** Scores as they stand now, of a month that may still last. */
export function useScores(period: string, unit: Unit | "city") {
  return useQuery({
    queryKey: ["scores", period, unit],
    queryFn: () =>
      answer<Score[]>(api.GET("/api/v1/scores/preview", { params: { query: { period, unit_type: unit } } })),
    refetchInterval: 5 * MINUTES,
  });
}

export function useWhistleFigures(from: string) {
  return useQuery({
    queryKey: ["whistles", "figures", from],
    queryFn: () =>
      answer<WhistleFigures[]>(api.GET("/api/v1/whistles/figures", { params: { query: { by: "department", from } } })),
  });
}
