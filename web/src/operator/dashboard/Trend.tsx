import { useQueries } from "@tanstack/react-query";
import dayjs from "dayjs";
import type { EChartsCoreOption } from "echarts/core";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { number } from "@/shared/format";
import { type Score, wholeScore } from "./queries";

const Chart = lazy(() => import("@/shared/Chart").then(({ Chart }) => ({ default: Chart })));
const MONTHS = 6;

/** The city's score and its cases, month by month, up to the one that is shown: stored ones, as they were told. */
export function Trend({ month }: { month: string }) {
  const { t } = useTranslation("operator");
  const months = useMemo(
    () =>
      Array.from({ length: MONTHS }, (_, at) =>
        dayjs(`${month}-01`)
          .subtract(MONTHS - 1 - at, "month")
          .format("YYYY-MM"),
      ),
    [month],
  );
  const asked = useQueries({
    queries: months.map((period) => ({
      queryKey: ["scores", "stored", period],
      queryFn: () =>
        answer<{ scores: Score[] }>(
          api.GET("/api/v1/scores", { params: { query: { period, unit_type: "city" as const } } }),
        ),
    })),
  });
  const totals = asked.map((one) => wholeScore(one.data?.scores[0]));
  const told = totals.map((total) => number(total, 1)).join(" · ");
  const option = useMemo<EChartsCoreOption>(
    () => ({
      tooltip: { trigger: "axis" },
      grid: { left: 48, right: 16, top: 24, bottom: 32 },
      xAxis: { type: "category", data: months },
      yAxis: { type: "value", scale: true },
      series: [
        {
          name: t("dashboard.total"),
          type: "line",
          color: "#0b6b74",
          connectNulls: true,
          data: told.split(" · ").map((value) => (value === "–" ? null : Number.parseFloat(value))),
        },
      ],
    }),
    [months, told, t],
  );
  if (totals.every((total) => total === null)) return <p className="quiet">{t("dashboard.noTrend")}</p>;
  return (
    <Suspense>
      <Chart option={option} summary={t("dashboard.trendSaid", { told })} />
    </Suspense>
  );
}
