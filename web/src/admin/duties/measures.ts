import { useTranslation } from "react-i18next";
import { useDefinitions } from "@/shared/scores/definitions";

/** What a rulebook can count by: `count:CODE` and `indicator:CODE`, by their names. */
export function useMeasures() {
  const { t } = useTranslation("admin");
  const known = useDefinitions().data;
  const counts = (known?.counts ?? []).map(({ code, name }) => ({ value: `count:${code}`, label: name }));
  const indicators = (known?.indicators ?? []).map(({ code, name }) => ({ value: `indicator:${code}`, label: name }));
  const names = new Map([...counts, ...indicators].map(({ value, label }) => [value, label]));
  return {
    /** For a choice, in two groups. */
    choices: [
      { label: t("rulebooks.counts"), options: counts },
      { label: t("rulebooks.indicators"), options: indicators },
    ],
    /** Those that a weighed sum can be made of. */
    weighable: (known?.indicators ?? [])
      .filter(({ numerator }) => numerator && numerator.length > 0)
      .map(({ code, name }) => ({ value: code, label: name })),
    nameOf: (measure: string) => names.get(measure) ?? measure,
    isShare: (measure: string) =>
      known?.indicators.find(({ code }) => measure === `indicator:${code}`)?.unit === "share",
  };
}
