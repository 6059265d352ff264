import { Table, Tag } from "antd";
import type { EChartsCoreOption } from "echarts/core";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { number } from "@/shared/format";
import { useDefinitions } from "@/shared/scores/definitions";
import { say } from "./queries";
import { climbed, type Place, type UnitType } from "./score";

const Chart = lazy(() => import("@/shared/Chart").then(({ Chart }) => ({ default: Chart })));
const BARS = 20;
const BARS_WIDTH = 1000; // of the chart on a desk: names of units break into so much each

export interface Row extends Pick<Place, "unit" | "total" | "grade" | "rank" | "before"> {
  score: number | null;
  figures: Record<string, number | null>;
}

/** Units with place, total, grade and every indicator that says something; the first twenty as bars. */
export function ScoreTable({ rows, by, unit }: { rows: readonly Row[]; by: string; unit: UnitType }) {
  const { t } = useTranslation("operator");
  const definitions = useDefinitions();
  const shown = (definitions.data?.indicators ?? []).filter(({ code }) =>
    rows.some((row) => typeof row.figures[code] === "number"),
  );
  const named = (row: Row) => row.unit || t("unit.city");
  return (
    <>
      {rows.length > 1 && <Bars rows={rows} by={by} unit={unit} />}
      <Table<Row>
        rowKey="unit"
        size="small"
        scroll={{ x: "max-content" }}
        pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
        dataSource={rows}
        columns={[
          { title: t("scores.place"), align: "right", render: (_, row) => <Rank row={row} /> },
          {
            title: t("dashboard.unit"),
            fixed: "left",
            render: (_, row) =>
              row.score === null ? named(row) : <Link to={`/scores/${row.score}`}>{named(row)}</Link>,
          },
          {
            title: t("dashboard.total"),
            align: "right",
            sorter: (a, b) => (a.total ?? -1) - (b.total ?? -1),
            render: (_, row) => number(row.total, 1),
          },
          {
            title: t("dashboard.grade"),
            render: (_, row) => row.grade && <Tag>{t(`grade.${row.grade}`, { defaultValue: row.grade })}</Tag>,
          },
          ...shown.map((indicator) => ({
            title: <abbr title={indicator.formula}>{indicator.name}</abbr>,
            align: "right" as const,
            sorter: (a: Row, b: Row) => (a.figures[indicator.code] ?? -1) - (b.figures[indicator.code] ?? -1),
            render: (_: unknown, row: Row) => say(indicator, row.figures[indicator.code]),
          })),
        ]}
      />
    </>
  );
}

function Rank({ row }: { row: Row }) {
  const { t } = useTranslation("operator");
  if (row.rank === null) return <>–</>;
  const up = climbed(row);
  return (
    <>
      {row.rank}{" "}
      {up !== null && up !== 0 && (
        <small style={{ color: up > 0 ? "#2e7d32" : "#c0262d" }}>
          <span aria-hidden>{up > 0 ? "▲" : "▼"}</span>
          {Math.abs(up)}
          <span className="unseen">{t(up > 0 ? "scores.up" : "scores.down")}</span>
        </small>
      )}
    </>
  );
}

function Bars({ rows, by, unit }: { rows: readonly Row[]; by: string; unit: UnitType }) {
  const { t } = useTranslation("operator");
  const go = useNavigate();
  const definitions = useDefinitions();
  const indicator = definitions.data?.indicators.find(({ code }) => code === by);
  const option = useMemo<EChartsCoreOption>(() => {
    const value = (row: Row) => (by === "total" ? row.total : (row.figures[by] ?? null));
    const first = rows.filter((row) => value(row) !== null).slice(0, BARS);
    return {
      tooltip: { trigger: "axis", valueFormatter: (shown: unknown) => say(indicator, shown as number) },
      grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
      xAxis: {
        type: "category",
        data: first.map((row) => row.unit),
        axisLabel: {
          interval: 0,
          width: Math.floor(BARS_WIDTH / Math.max(first.length, 1)),
          overflow: "break",
          fontSize: 11,
        },
      },
      yAxis: {
        type: "value",
        axisLabel: { formatter: (shown: number) => say(indicator, shown) },
      },
      series: [{ type: "bar", data: first.map(value), color: "#0b6b74", barMaxWidth: 36 }],
    };
  }, [rows, by, indicator]);
  const measure = indicator?.name ?? t("dashboard.total");
  const summary = t("scores.barsSaid", { measure, unit: t(`unit.${unit}`) });
  return (
    <Suspense fallback={<div style={{ height: 220 }} />}>
      <Chart
        option={option}
        summary={summary}
        height={220}
        onClick={(name) => {
          const row = rows.find((each) => each.unit === name);
          if (row?.score) go(`/scores/${row.score}`);
        }}
      />
    </Suspense>
  );
}
