import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Shapes } from "@/shared/api/answers";
import { Chart } from "@/shared/Chart";
import { KIND_COLORS } from "@/shared/map/colors";
import { type GridProperties, KINDS, type Plan } from "../plan";
import { histogram } from "./coloring";

/** Sizes of the grids against their target, with the band laid behind, kind by kind. */
export default function Histogram({ plan, grids }: { plan: Plan; grids: Shapes<GridProperties> }) {
  const { t } = useTranslation("planner");
  const kinds = useMemo(
    () => KINDS.filter((kind) => grids.features.some((grid) => grid.properties.kind === kind)),
    [grids],
  );
  const { labels, series } = useMemo(() => histogram(grids, kinds), [grids, kinds]);
  return series.map(({ kind, counts }) => {
    const band = plan.parameters.bands?.[kind];
    const at = (value: number) => Math.max(0, Math.min(labels.length - 1, value * 10 - 0.5));
    const inside = band ? [[{ xAxis: at(band.minimum / band.target) }, { xAxis: at(band.maximum / band.target) }]] : [];
    const total = counts.reduce((sum, count) => sum + count, 0);
    return (
      <section key={kind} aria-label={t(`kind.${kind}`)}>
        <h2>{t("histogram.title", { kind: t(`kind.${kind}`), count: total })}</h2>
        <Chart
          height={180}
          summary={t("histogram.summary", { kind: t(`kind.${kind}`), count: total })}
          option={{
            grid: { left: 36, right: 12, top: 12, bottom: 36 },
            tooltip: { trigger: "axis" },
            xAxis: { type: "category", data: labels, name: t("histogram.ratio"), nameLocation: "middle", nameGap: 22 },
            yAxis: { type: "value", minInterval: 1 },
            series: [
              {
                type: "bar",
                data: counts,
                barWidth: "90%",
                itemStyle: { color: KIND_COLORS[kind] },
                markArea: { silent: true, itemStyle: { color: "#0b6b7422" }, data: inside },
                markLine: {
                  silent: true,
                  symbol: "none",
                  label: { show: false },
                  lineStyle: { color: "#0b6b74" },
                  data: [{ xAxis: at(1) }],
                },
              },
            ],
          }}
        />
      </section>
    );
  });
}
