import { Card } from "antd";
import { useTranslation } from "react-i18next";
import { moment } from "@/shared/format";
import { useAnswers } from "../queries";

/** What others said of the plan and what the planners answered; nothing while there is none. */
export function Answers({ plan }: { plan: number }) {
  const { t } = useTranslation("public");
  const answers = useAnswers(plan).data ?? [];
  if (answers.length === 0) return null;
  return (
    <section aria-label={t("plans.answers")}>
      <h2>{t("plans.answers")}</h2>
      <ul className="plain stack">
        {answers.map((one) => (
          <li key={one.id}>
            <Card size="small">
              <p>
                {one.grid && <strong>{one.grid} </strong>}
                {one.text}
              </p>
              <p className="quiet">{moment(one.made_at)}</p>
              <blockquote>{one.answer}</blockquote>
              <p className="quiet">{t("plans.answeredAt", { at: moment(one.answered_at) })}</p>
            </Card>
          </li>
        ))}
      </ul>
    </section>
  );
}
