import { Select } from "antd";
import type { EChartsCoreOption } from "echarts/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Loaded } from "@/shared/States";
import { useDefinitions } from "@/shared/scores/definitions";
import { say, useCourse } from "./queries";
import type { OfPeriod, ScoreSheet } from "./score";

const Chart = lazy(() => import("@/shared/Chart").then(({ Chart }) => ({ default: Chart })));

/** A measure of one unit over the last twelve periods of the same kind; a click leads to that score. */
export function Course({ sheet }: { sheet: ScoreSheet }) {
  const { t } = useTranslation("operator");
  const definitions = useDefinitions();
  const [by, setBy] = useState(sheet.total === null ? "disposal" : "total");
  const known = definitions.data?.indicators ?? [];
  return (
    <>
      <Select
        aria-label={t("scores.by")}
        style={{ minWidth: 200 }}
        value={by}
        onChange={setBy}
        options={[
          { value: "total", label: t("dashboard.total") },
          ...known.map(({ code, name }) => ({ value: code, label: name })),
        ]}
      />
      <Loaded of={useCourse(sheet.period, sheet.unit_type, sheet.unit)}>
        {(periods) => <Line periods={begun(periods)} by={by} indicator={known.find(({ code }) => code === by)} />}
      </Loaded>
    </>
  );
}

/** From the first period that has a score on. */
function begun(periods: readonly OfPeriod[]): readonly OfPeriod[] {
  return periods.slice(
    Math.max(
      0,
      periods.findIndex(({ score }) => score !== null),
    ),
  );
}

interface LineProps {
  periods: readonly OfPeriod[];
  by: string;
  indicator: { name: string; unit: "share" | "points" } | undefined;
}

function Line({ periods, by, indicator }: LineProps) {
  const { t } = useTranslation("operator");
  const go = useNavigate();
  const values = useMemo(
    () => periods.map((each) => (by === "total" ? each.total : (each.figures[by] ?? null))),
    [periods, by],
  );
  const option = useMemo<EChartsCoreOption>(
    () => ({
      tooltip: { trigger: "axis", valueFormatter: (value: unknown) => say(indicator, value as number | null) },
      grid: { left: 8, right: 24, top: 24, bottom: 8, containLabel: true },
      xAxis: { type: "category", data: periods.map(({ period }) => period) },
      yAxis: { type: "value", scale: true, axisLabel: { formatter: (value: number) => say(indicator, value) } },
      series: [{ type: "line", data: values, color: "#0b6b74", symbolSize: 8 }],
    }),
    [periods, values, indicator],
  );
  const told = periods.map(({ period }, at) => `${period} ${say(indicator, values[at])}`).join(" · ");
  return (
    <Suspense fallback={<div style={{ height: 260 }} />}>
      <Chart
        option={option}
        summary={t("scores.courseSaid", { measure: indicator?.name ?? t("dashboard.total"), told })}
        onClick={(name) => {
          const one = periods.find(({ period }) => period === name);
          if (one?.score) go(`/scores/${one.score}`);
        }}
      />
    </Suspense>
  );
}
