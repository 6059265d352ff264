import { InboxOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Select, Upload } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Run, Shapes } from "@/shared/api/answers";
import { answer, api, fetchJson, sendForm } from "@/shared/api/client";
import { moment } from "@/shared/format";
import { boundsOf } from "@/shared/map/bounds";
import { Legend } from "@/shared/map/Legend";
import { type Expression, GeoJsonSource, StyleLayer } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { RunProgress, useRun } from "@/shared/runs";
import { Loaded } from "@/shared/States";
import { useSession } from "@/shared/session";
import type { Plan } from "../plan";
import { ReplayFigures, type ReplaySummary } from "./ReplayFigures";

const LOAD_COLORS = ["#f7f7f7", "#fddbc7", "#f4a582", "#d6604d", "#b2182b"];
const LOAD_FILL = {
  "fill-color": [
    "step",
    ["coalesce", ["get", "load"], 0],
    "#f7f7f7",
    0.5,
    "#fddbc7",
    0.9,
    "#f4a582",
    1.3,
    "#d6604d",
    2,
    "#b2182b",
  ] as unknown as Expression,
  "fill-opacity": 0.6,
};
const EDGE = { "line-color": "#2f353b", "line-width": 0.8 };
const HEAT = {
  "heatmap-weight": ["/", ["get", "events"], 50] as unknown as Expression,
  "heatmap-radius": 18,
  "heatmap-opacity": 0.75,
};
const CHANGED = {
  "circle-radius": ["interpolate", ["linear"], ["get", "changed"], 1, 3, 100, 12] as unknown as Expression,
  "circle-color": "#6a3d9a",
  "circle-opacity": 0.75,
  "circle-stroke-color": "#ffffff",
  "circle-stroke-width": 1,
};

/** Events of the past sent through the plan: where they are, whose owner changes, how the work would be spread. */
export default function ReplayTab({ plan }: { plan: Plan }) {
  const { t } = useTranslation("planner");
  const { can } = useSession();
  const queries = useQueryClient();
  const [started, setStarted] = useState<Run | null>(null);
  const [chosen, choose] = useState<number | null>(null);
  const run = useRun(started, (ended) => {
    refresh(queries, "runs");
    if (ended.status === "succeeded") choose(ended.id);
  });
  const runs = useQuery({
    queryKey: ["runs", "replays"],
    queryFn: () => answer<Run[]>(api.GET("/api/v1/runs", { params: { query: { limit: 200 } } })),
  });
  const known = (runs.data ?? []).filter(
    (one) => one.kind === "replay_plan" && one.status === "succeeded" && one.parameters.plan === plan.name,
  );
  const shown = chosen ?? known[0]?.id ?? null;
  const start = useMutation({
    mutationFn: (files: File[]) => sendForm<Run>(`/api/v1/plans/${plan.id}/replay`, files),
    onSuccess: setStarted,
  });
  return (
    <div className="stage under-strip">
      <section className="panel" aria-label={t("replay.title")}>
        <h1>{t("replay.title")}</h1>
        {can("plan") && (
          <Upload.Dragger
            showUploadList={false}
            accept=".csv,.parquet,.arrow,.geojson,.json"
            beforeUpload={(file) => {
              start.mutate([file]);
              return false;
            }}
          >
            <InboxOutlined aria-hidden style={{ fontSize: 24 }} />
            <div>{t("replay.drop")}</div>
            <div className="quiet">{t("replay.formats")}</div>
          </Upload.Dragger>
        )}
        {start.error && <ProblemNotice error={start.error} />}
        {run && run.status !== "succeeded" && <RunProgress run={run} />}
        {known.length > 0 && (
          <Select
            className="wide"
            aria-label={t("replay.which")}
            value={shown}
            options={known.map((one) => ({
              value: one.id,
              label: `${String(one.parameters.file_name ?? one.id)} · ${moment(one.finished_at)}`,
            }))}
            onChange={choose}
          />
        )}
        {shown === null ? <p className="quiet">{t("replay.none")}</p> : <Summary plan={plan} run={shown} />}
      </section>
      <div className="canvas">
        <ReplayMap plan={plan} run={shown} />
      </div>
    </div>
  );
}

function Summary({ plan, run }: { plan: Plan; run: number }) {
  const summary = useQuery({
    queryKey: ["plan", plan.id, "replay", run],
    queryFn: () => fetchJson<ReplaySummary>(`/api/v1/plans/${plan.id}/replay/${run}`),
  });
  return <Loaded of={summary}>{(known) => <ReplayFigures summary={known} />}</Loaded>;
}

function usePart(plan: Plan, run: number | null, part: "grids" | "cells") {
  return useQuery({
    queryKey: ["plan", plan.id, "replay", run, part],
    queryFn: () => fetchJson<Shapes>(`/api/v1/plans/${plan.id}/replay/${run}/${part}`),
    enabled: run !== null,
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
}

function ReplayMap({ plan, run }: { plan: Plan; run: number | null }) {
  const { t } = useTranslation("planner");
  const grids = usePart(plan, run, "grids");
  const cells = usePart(plan, run, "cells");
  const [look, setLook] = useState<"load" | "heat" | "changed">("load");
  const bounds = useMemo(() => (grids ? boundsOf(grids) : null), [grids]);
  const entries = ["< 0.5", "0.5 – 0.9", "0.9 – 1.3", "1.3 – 2", "≥ 2"].map((label, at) => ({
    label,
    color: LOAD_COLORS[at] ?? "",
  }));
  return (
    <>
      <MapView bounds={bounds} label={t("replay.map")}>
        {grids && (
          <GeoJsonSource id="grids" data={grids}>
            {look === "load" && <StyleLayer id="grids-fill" type="fill" paint={LOAD_FILL} />}
            <StyleLayer id="grids-line" type="line" paint={EDGE} />
          </GeoJsonSource>
        )}
        {cells && (
          <GeoJsonSource id="cells" data={cells}>
            {look === "heat" && <StyleLayer id="cells-heat" type="heatmap" paint={HEAT} />}
            {look === "changed" && (
              <StyleLayer id="cells-changed" type="circle" paint={CHANGED} filter={[">", ["get", "changed"], 0]} />
            )}
          </GeoJsonSource>
        )}
      </MapView>
      <div className="float">
        <Select
          size="small"
          value={look}
          aria-label={t("replay.look")}
          style={{ width: 150 }}
          options={(["load", "heat", "changed"] as const).map((name) => ({
            value: name,
            label: t(`replay.as.${name}`),
          }))}
          onChange={setLook}
        />
      </div>
      {look === "load" && <Legend title={t("replay.loadLegend")} entries={entries} />}
    </>
  );
}
