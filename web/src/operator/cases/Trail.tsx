import { Timeline } from "antd";
import { useTranslation } from "react-i18next";
import { moment, number } from "@/shared/format";
import type { CaseFile, TrailStep } from "./case";

/** Every step that was taken, newest first: who, when, to whom, why. */
export function Trail({ file }: { file: CaseFile }) {
  const { t } = useTranslation("operator");
  return (
    <section aria-labelledby="trail">
      <h2 id="trail">{t("case.trail")}</h2>
      <Timeline
        items={[...file.trail].reverse().map((step) => ({ key: step.number, content: <Step step={step} /> }))}
      />
    </section>
  );
}

function Step({ step }: { step: TrailStep }) {
  const { t } = useTranslation("operator");
  return (
    <div>
      <strong>{t(`action.${step.action}`, { defaultValue: step.action })}</strong>{" "}
      {step.receiver && <span>→ {step.receiver} </span>}
      {step.score !== null && <span>{number(step.score)} </span>}
      {typeof step.detail.passed === "boolean" && <span>{t(step.detail.passed ? "yes" : "no")} </span>}
      <div>{step.reason}</div>
      <div className="quiet">
        {moment(step.at)} · {step.actor}
        {step.until && ` · ${t("case.until")} ${moment(step.until)}`}
      </div>
    </div>
  );
}
