import { useQuery } from "@tanstack/react-query";
import { Table } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { number } from "@/shared/format";
import { Loaded } from "@/shared/States";
import { useDefinitions } from "@/shared/scores/definitions";
import { sayFormula } from "@/shared/scores/words";
import { CaseLinks } from "./CaseLinks";
import { say } from "./queries";
import type { FigureTold, ScoreSheet } from "./score";

type Row = FigureTold & { code: string };

/** Indicators with numerator, denominator and formula; opened, the cases behind them. */
export function FigureTable({ sheet }: { sheet: ScoreSheet }) {
  const { t } = useTranslation("operator");
  const definitions = useDefinitions();
  const of = (code: string) => definitions.data?.indicators.find((each) => each.code === code);
  const place = (code: string) => (definitions.data?.indicators ?? []).findIndex((each) => each.code === code);
  const rows: Row[] = Object.entries(sheet.figures)
    .filter(([, figure]) => figure.value !== null)
    .map(([code, figure]) => ({ code, ...figure }))
    .sort((a, b) => place(a.code) - place(b.code));
  return (
    <Table<Row>
      rowKey="code"
      size="small"
      pagination={false}
      locale={{ emptyText: t("scores.noFigures") }}
      expandable={{
        rowExpandable: (row) => row.denominator !== undefined && row.denominator !== null,
        expandedRowRender: (row) => <Behind score={sheet.number} figure={row.code} />,
      }}
      dataSource={rows}
      columns={[
        {
          title: t("scores.indicator"),
          render: (_, row) => (
            <>
              {of(row.code)?.name ?? row.name}
              <div className="quiet">
                {definitions.data ? sayFormula(row.formula, definitions.data.words) : row.formula}
              </div>
            </>
          ),
        },
        {
          title: t("scores.of"),
          align: "right",
          render: (_, row) =>
            typeof row.denominator === "number"
              ? `${number(row.numerator)}\u00a0/\u00a0${number(row.denominator)}`
              : "",
        },
        { title: t("scores.value"), align: "right", render: (_, row) => say(of(row.code), row.value) },
      ]}
    />
  );
}

function Behind({ score, figure }: { score: number; figure: string }) {
  const { t } = useTranslation("operator");
  const cases = useQuery({
    queryKey: ["scores", score, "cases", figure],
    queryFn: () =>
      answer<{ numerator: number[]; denominator: number[] }>(
        api.GET("/api/v1/scores/{number}/cases", { params: { path: { number: score }, query: { figure } } }),
      ),
  });
  return (
    <Loaded of={cases}>
      {({ numerator, denominator }) => {
        const counted = new Set(numerator);
        return (
          <dl>
            <dt>{t("scores.counted", { shown: number(numerator.length) })}</dt>
            <dd>
              <CaseLinks cases={numerator} />
            </dd>
            <dt>{t("scores.notCounted", { shown: number(denominator.length - numerator.length) })}</dt>
            <dd>
              <CaseLinks cases={denominator.filter((each) => !counted.has(each))} />
            </dd>
          </dl>
        );
      }}
    </Loaded>
  );
}
