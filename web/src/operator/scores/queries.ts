import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { number, share } from "@/shared/format";
import { type Indicator, useDefinitions } from "@/shared/scores/definitions";
import { sayReason } from "@/shared/scores/words";
import type { Appeal, OfPeriod, Place, ScoreBrief, ScoreSheet, UnitType } from "./score";

/** Stored scores of a period with their places, as they were told. */
export function useStored(period: string, unit_type: UnitType, by: string) {
  return useQuery({
    queryKey: ["scores", "stored", period, unit_type, by],
    queryFn: async () => {
      const [places, told] = await Promise.all([
        answer<Place[]>(api.GET("/api/v1/scores/rankings", { params: { query: { period, unit_type, by } } })),
        answer<{ scores: ScoreBrief[] }>(
          api.GET("/api/v1/scores", { params: { query: { period, unit_type, limit: 10_000 } } }),
        ),
      ]);
      const scores = new Map(told.scores.map((score) => [score.number, score]));
      return places.map((place) => ({ ...place, figures: scores.get(place.score)?.figures ?? {} }));
    },
  });
}

/** Scores as they stand now; nothing of them is stored. */
export function usePreview(period: string, unit_type: UnitType, isWanted: boolean) {
  return useQuery({
    queryKey: ["scores", "preview", period, unit_type],
    queryFn: () =>
      answer<Omit<ScoreBrief, "number">[]>(
        api.GET("/api/v1/scores/preview", { params: { query: { period, unit_type } } }),
      ),
    enabled: isWanted,
  });
}

export function useSheet(score: number) {
  return useQuery({
    queryKey: ["scores", score],
    queryFn: () => answer<ScoreSheet>(api.GET("/api/v1/scores/{number}", { params: { path: { number: score } } })),
  });
}

export function useCourse(period: string, unit_type: UnitType, unit: string) {
  return useQuery({
    queryKey: ["scores", "trend", period, unit_type, unit],
    queryFn: () =>
      answer<OfPeriod[]>(
        api.GET("/api/v1/scores/trend", { params: { query: { period, unit_type, unit, periods: 12 } } }),
      ),
  });
}

export function useAppeals(query: { open?: boolean; event?: number }, isWanted = true) {
  return useQuery({
    queryKey: ["appeals", query],
    queryFn: () => answer<Appeal[]>(api.GET("/api/v1/appeals", { params: { query } })),
    enabled: isWanted,
  });
}

export function say(indicator: Pick<Indicator, "unit"> | undefined, value: number | null | undefined): string {
  return indicator?.unit === "share" ? share(value) : number(value, 1);
}

/** Why points were taken, in the page's words where the product wrote it. */
export function useReasons(): (reason: string) => string {
  const { t } = useTranslation("operator");
  const words = useDefinitions().data?.words;
  const lineName = (name: string) => t(`sheetLine.${name}`, { defaultValue: name });
  return (reason) => (words ? sayReason(reason, words, lineName) : reason);
}

/** What an appeal is against, or points are taken for: a count or a rule of the deduction sheet, by its name. */
export function useAgainst(): (code: string) => string {
  const { t } = useTranslation("operator");
  const known = useDefinitions().data;
  return (code) => {
    const rule = known?.rules.deductions?.find((one) => one.code === code)?.name;
    const name = rule ?? known?.counts.find((one) => one.code === code)?.name;
    return t(`against.${code}`, {
      defaultValue: rule ? `${code} ${t(`sheetLine.${rule}`, { defaultValue: rule })}` : (name ?? code),
    });
  };
}
