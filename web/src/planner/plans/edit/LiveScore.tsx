import { useTranslation } from "react-i18next";
import { number, share } from "@/shared/format";

const SHOWN = ["total", "proximity", "size", "interest", "management", "inside_band"];
const NOTICEABLE = 5e-5;

/** The plan's score as it stands, and how far the edits since the page was opened moved it. */
export function LiveScore({ score, before }: { score: Record<string, number>; before: Record<string, number> }) {
  const { t } = useTranslation("planner");
  return (
    <dl className="figures" aria-live="polite" aria-label={t("result.score")}>
      {SHOWN.map((name) => {
        const moved = (score[name] ?? 0) - (before[name] ?? 0);
        return (
          <div key={name}>
            <dt>{t(`measure.${name}`)}</dt>
            <dd data-measure={name}>{share(score[name])}</dd>
            <dd className={moved < 0 ? "worse" : "better"}>
              {Math.abs(moved) > NOTICEABLE ? `${moved > 0 ? "+" : "−"}${number(Math.abs(moved) * 100, 2)}` : ""}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
