import { Card } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { moment, number } from "@/shared/format";
import { Loaded } from "@/shared/States";
import { Frame } from "../Frame";
import { useOpenPlans } from "../queries";

/** Draft plans that everybody may comment on. */
export default function OpenPlansView() {
  const { t } = useTranslation("public");
  return (
    <Frame title={t("plans.title")}>
      <p className="quiet">{t("plans.what")}</p>
      <Open />
    </Frame>
  );
}

function Open() {
  const { t } = useTranslation("public");
  return (
    <Loaded of={useOpenPlans()} empty={t("plans.none")}>
      {(plans) => (
        <ul className="plain stack">
          {plans.map((plan) => (
            <li key={plan.plan}>
              <Card size="small">
                <h2>
                  <Link to={`/public/plans/${plan.plan}`}>{plan.name}</Link>
                </h2>
                {plan.words && <p>{plan.words}</p>}
                <p className="quiet">
                  {t("plans.grids", { count: plan.grids, shown: number(plan.grids) })} ·{" "}
                  {t("plans.until", { at: moment(plan.closes_at) })}
                </p>
              </Card>
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  );
}
