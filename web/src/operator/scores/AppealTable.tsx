import { Button, Table, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { moment } from "@/shared/format";
import { useSession } from "@/shared/session";
import { CaseLink } from "./CaseLinks";
import { DecideAppeal } from "./DecideAppeal";
import { useAgainst } from "./queries";
import { type Appeal, outcomes } from "./score";

const COLORS = { filed: "#0072b2", upheld: "#2e7d32", refused: "#c0262d", withdrawn: "default" } as const;

/** Appeals with what was decided; what the caller may decide is offered. */
export function AppealTable({ appeals }: { appeals: readonly Appeal[] }) {
  const { t } = useTranslation("operator");
  const { me, can } = useSession();
  const againstName = useAgainst();
  const [deciding, setDeciding] = useState<Appeal | null>(null);
  const mine = `${me?.kind}:${me?.name}`;
  return (
    <>
      <Table<Appeal>
        rowKey="id"
        size="small"
        scroll={{ x: "max-content" }}
        locale={{ emptyText: t("appeals.none") }}
        pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
        dataSource={appeals}
        columns={[
          { title: t("cases.number"), dataIndex: "id" },
          {
            title: t("appeals.score"),
            render: (_, one) => (
              <Link to={`/scores/${one.score}`}>
                {one.unit || t("unit.city")} · {one.period}
              </Link>
            ),
          },
          { title: t("scores.case"), render: (_, one) => <CaseLink event={one.event} /> },
          { title: t("appeals.against"), render: (_, one) => againstName(one.against) },
          { title: t("scores.reason"), render: (_, one) => <span className="wrapped">{one.reason}</span> },
          { title: t("appeals.filed"), render: (_, one) => `${one.filed_by} · ${moment(one.filed_at)}` },
          {
            title: t("appeals.state"),
            render: (_, one) => (
              <>
                <Tag color={COLORS[one.state]}>{t(`appeals.is.${one.state}`)}</Tag>
                {one.decision && (
                  <span className="quiet">
                    {one.decision.decided_by}：{one.decision.reason}
                  </span>
                )}
              </>
            ),
          },
          {
            title: "",
            render: (_, one) =>
              outcomes(one, mine, can("admin")).length > 0 && (
                <Button
                  size="small"
                  aria-label={t("appeals.decideOf", { id: one.id })}
                  onClick={() => setDeciding(one)}
                >
                  {t("appeals.decide")}
                </Button>
              ),
          },
        ]}
      />
      {deciding && (
        <DecideAppeal
          appeal={deciding}
          outcomes={outcomes(deciding, mine, can("admin"))}
          onClose={() => setDeciding(null)}
        />
      )}
    </>
  );
}
