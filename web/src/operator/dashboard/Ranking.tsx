import { Table, Tag } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { number } from "@/shared/format";
import { useDefinitions } from "@/shared/scores/definitions";
import { say } from "../scores/queries";
import type { Score } from "./queries";

/** Units by score, the best first; each figure's formula is the title of its column. */
export function Ranking({ scores }: { scores: Score[] }) {
  const { t } = useTranslation("operator");
  const indicators = useDefinitions();
  const ordered = useMemo(() => [...scores].sort((a, b) => (b.total ?? -1) - (a.total ?? -1)), [scores]);
  const known = (indicators.data?.indicators ?? []).filter((each) =>
    scores.some((score) => typeof score.figures[each.code] === "number"),
  );
  return (
    <Table
      rowKey="unit"
      size="small"
      scroll={{ x: "max-content" }}
      pagination={{ defaultPageSize: 10, hideOnSinglePage: true }}
      dataSource={ordered}
      columns={[
        {
          title: t("dashboard.unit"),
          render: (_, score) => <Link to={`/cases?holder=${encodeURIComponent(score.unit)}`}>{score.unit}</Link>,
        },
        {
          title: t("dashboard.total"),
          align: "right",
          sorter: (a, b) => (a.total ?? -1) - (b.total ?? -1),
          render: (_, score) => number(score.total, 1),
        },
        {
          title: t("dashboard.grade"),
          render: (_, score) => score.grade && <Tag>{t(`grade.${score.grade}`, { defaultValue: score.grade })}</Tag>,
        },
        { title: t("dashboard.cases"), align: "right", render: (_, score) => number(score.cases) },
        ...known.map((each) => ({
          title: <abbr title={each.formula}>{each.name}</abbr>,
          align: "right" as const,
          render: (_: unknown, score: Score) => say(each, score.figures[each.code]),
        })),
      ]}
    />
  );
}
