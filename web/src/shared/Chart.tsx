import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useRef } from "react";
import { start } from "./echarts";

/** A chart by ECharts. `summary` says in words what it shows, for those who do not see it. */
export function Chart({
  option,
  summary,
  height = 260,
  onClick,
}: {
  option: EChartsCoreOption;
  summary: string;
  height?: number;
  onClick?: (name: string) => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const clicked = useRef(onClick);
  clicked.current = onClick;
  useEffect(() => {
    if (!place.current) return;
    const made = start(place.current);
    chart.current = made;
    made.on("click", (event) => clicked.current?.(String(event.name)));
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(place.current);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => chart.current?.setOption(option, { notMerge: true }), [option]);
  return <div ref={place} role="img" aria-label={summary} style={{ height, width: "100%" }} />;
}
