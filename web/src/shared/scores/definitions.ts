import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { sayFormula, wordsOf } from "./words";

export interface Indicator {
  code: string;
  name: string;
  formula: string;
  unit: "share" | "points";
  better: "higher" | "lower";
  /** Counts that it is a share of; none for what is no share of counts. */
  numerator?: string[];
}

export interface Definitions {
  indicators: Indicator[];
  counts: { code: string; name: string; meaning: string; groups: string[] }[];
  groups: string[];
  /** The rulebook that holds now, with every member. */
  rules: Record<string, unknown> & { deductions?: { code: string; name: string }[] };
}

const LONG = 60 * 60_000;

/** Indicators and counts in the page's words, and the rulebook that holds. */
export function useDefinitions() {
  const { t } = useTranslation("shared");
  return useQuery({
    queryKey: ["scores", "definitions"],
    queryFn: () => answer<Definitions>(api.GET("/api/v1/scores/indicators")),
    staleTime: LONG,
    select: (known) => {
      const words = wordsOf(known, t);
      const said = <T extends { name: string }>(one: T): T => ({ ...one, name: words.get(one.name) ?? one.name });
      const indicators = known.indicators.map((one) => ({ ...said(one), formula: sayFormula(one.formula, words) }));
      return { ...known, indicators, counts: known.counts.map(said), words };
    },
  });
}
