import type { EChartsCoreOption } from "echarts/core";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Loaded } from "@/shared/States";
import { type CaseBrief, LIGHT_COLORS, STAGES } from "../cases/case";
import { useCases } from "../cases/queries";

const Chart = lazy(() => import("@/shared/Chart").then(({ Chart }) => ({ default: Chart })));
const LIGHTS = ["green", "yellow", "red", "none"] as const;
const NO_LIMIT = "#78909c";

/** Open cases by stage and light. */
export function Lights() {
  const open = useCases({ status: "open" });
  return <Loaded of={open}>{({ events }) => <Bars cases={events} />}</Loaded>;
}

function Bars({ cases }: { cases: CaseBrief[] }) {
  const { t } = useTranslation("operator");
  const go = useNavigate();
  const option = useMemo<EChartsCoreOption>(() => {
    const count = (stage: string, light: string) =>
      cases.filter((one) => one.status === stage && (one.light ?? "none") === light).length;
    return {
      tooltip: { trigger: "axis" },
      legend: { bottom: 0 },
      grid: { left: 40, right: 16, top: 16, bottom: 56 },
      xAxis: { type: "category", data: STAGES.map((stage) => t(`stage.${stage}`)) },
      yAxis: { type: "value", minInterval: 1 },
      series: LIGHTS.map((light) => ({
        name: t(`light.${light}`),
        type: "bar",
        stack: "light",
        color: LIGHT_COLORS[light] ?? NO_LIMIT,
        data: STAGES.map((stage) => count(stage, light)),
      })),
    };
  }, [cases, t]);
  const of = (light: string) => cases.filter((one) => (one.light ?? "none") === light).length;
  const summary = t("dashboard.lightsSaid", Object.fromEntries(LIGHTS.map((light) => [light, of(light)])));
  return (
    <Suspense fallback={summary}>
      <p className="quiet">{summary}</p>
      <Chart
        option={option}
        summary={summary}
        onClick={(name) => {
          const stage = STAGES.find((each) => t(`stage.${each}`) === name);
          if (stage) go(`/cases?status=${stage}`);
        }}
      />
    </Suspense>
  );
}
