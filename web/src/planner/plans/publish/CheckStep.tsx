import { Alert, Table } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Plan } from "../plan";
import { ScoreFigures } from "../result/ScoreFigures";

/** Rules that grids break, and the scores. */
export function CheckStep({ plan }: { plan: Plan }) {
  const { t } = useTranslation("planner");
  return (
    <>
      {plan.breaches.length === 0 ? (
        <Alert type="success" showIcon title={t("edit.noBreaches")} />
      ) : (
        <>
          <Alert
            type="warning"
            showIcon
            title={t("publish.hasBreaches")}
            action={<Link to={`/plans/${plan.id}/edit`}>{t("plan.tab.edit")}</Link>}
          />
          <Table
            size="small"
            rowKey={(breach) => breach.grid + breach.rule + breach.says}
            dataSource={plan.breaches}
            pagination={{ pageSize: 10, hideOnSinglePage: true }}
            columns={[
              { title: t("result.code"), dataIndex: "grid" },
              {
                title: t("publish.rule"),
                render: (_, breach) => t(`breach.${breach.rule}`, { defaultValue: breach.rule }),
              },
              { title: t("import.what"), dataIndex: "says" },
            ]}
          />
        </>
      )}
      <ScoreFigures plan={{ ...plan, breaches: [] }} />
    </>
  );
}
