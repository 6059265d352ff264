import { useQuery } from "@tanstack/react-query";
import { Select, Table } from "antd";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bounds, Shapes } from "@/shared/api/answers";
import { fetchJson } from "@/shared/api/client";
import { number, share } from "@/shared/format";
import { boundsOf } from "@/shared/map/bounds";
import { KIND_COLORS } from "@/shared/map/colors";
import { GeoJsonSource, matched, StyleLayer } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import { Loaded } from "@/shared/States";
import type { CompareAnswer, GridProperties, Plan } from "../plan";
import { useComparison, useGrids, usePlans } from "../queries";
import { Together, useTogether } from "./Together";

const { none: _, ...COLORS } = KIND_COLORS;
const FILL = { "fill-color": matched("kind", COLORS, "#b8bec4"), "fill-opacity": 0.35 };
const EDGE = { "line-color": "#2f353b", "line-width": 1 };
const APART = { "fill-color": "#c0262d", "fill-opacity": 0.55 };

/** Two plans side by side on maps that move together, where they disagree, and their figures. */
export default function CompareTab({ plan }: { plan: Plan }) {
  const { t } = useTranslation("planner");
  const [chosen, choose] = useState<number | null>(null);
  const others = (usePlans().data ?? []).filter(
    (one) => one.id !== plan.id && (one.status === "divided" || one.status === "published"),
  );
  const other = others.find((one) => one.id === chosen) ?? others[0];
  return (
    <div className="stage under-strip">
      <section className="panel" aria-label={t("compare.title")}>
        <h1>{t("compare.title")}</h1>
        {other ? (
          <>
            <Select
              className="wide"
              aria-label={t("compare.other")}
              value={other.id}
              options={others.map((one) => ({ value: one.id, label: one.name }))}
              onChange={choose}
            />
            <Figures plan={plan} other={other} />
          </>
        ) : (
          <p>{t("compare.none")}</p>
        )}
      </section>
      {other && <Sides plan={plan} other={other} />}
    </div>
  );
}

function Sides({ plan, other }: { plan: Plan; other: Plan }) {
  const { t } = useTranslation("planner");
  const left = useGrids(plan);
  const right = useGrids(other);
  const apart = useQuery({
    queryKey: ["plan", plan.id, "differences", other.id, plan.version, other.version],
    queryFn: () => fetchJson<Shapes>(`/api/v1/plans/${plan.id}/compare/${other.id}/differences`),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const bounds = useMemo(() => (left.data ? boundsOf(left.data) : null), [left.data]);
  const together = useTogether();
  return (
    <div className="sides">
      {[
        { key: "left", of: plan, grids: left.data },
        { key: "right", of: other, grids: right.data },
      ].map((side) => (
        <Side
          key={side.key}
          side={side.key}
          label={t("compare.map", { name: side.of.name })}
          name={side.of.name}
          bounds={bounds}
          grids={side.grids}
          apart={apart.data}
          together={together}
        />
      ))}
    </div>
  );
}

interface SideProps {
  side: string;
  name: string;
  label: string;
  bounds: Bounds | null;
  grids: Shapes<GridProperties> | undefined;
  apart: Shapes | undefined;
  together: ReturnType<typeof useTogether>;
}

function Side({ side, name, label, bounds, grids, apart, together }: SideProps) {
  const first = useRef(bounds);
  return (
    <div className="canvas">
      <MapView bounds={bounds ?? first.current} label={label}>
        <Together group={together} side={side} />
        {grids && (
          <GeoJsonSource id="grids" data={grids}>
            <StyleLayer id="grids-fill" type="fill" paint={FILL} />
            <StyleLayer id="grids-line" type="line" paint={EDGE} />
          </GeoJsonSource>
        )}
        {apart && (
          <GeoJsonSource id="apart" data={apart}>
            <StyleLayer id="apart-fill" type="fill" paint={APART} />
          </GeoJsonSource>
        )}
      </MapView>
      <div className="float">{name}</div>
    </div>
  );
}

const SCORES = ["total", "proximity", "size", "interest", "management", "inside_band"];

function Figures({ plan, other }: { plan: Plan; other: Plan }) {
  const { t } = useTranslation("planner");
  return (
    <Loaded of={useComparison(plan.id, other.id)}>
      {(compared) => (
        <>
          <Table
            size="small"
            rowKey="name"
            pagination={false}
            dataSource={rowsOf(compared, plan, other)}
            columns={[
              {
                title: t("compare.measure"),
                render: (_, row) =>
                  t(`measure.${row.name}`, { defaultValue: t(`compare.${row.name}`, { defaultValue: row.name }) }),
              },
              { title: plan.name, align: "right", render: (_, row) => row.show(row.left) },
              { title: other.name, align: "right", render: (_, row) => row.show(row.right) },
            ]}
          />
          {compared.changes.map((change) => (
            <p key={`${change.from}-${change.to}`}>
              {t("compare.moved", { moved: number(change.moved), part: share(1 - Number(change.stays)) })}
            </p>
          ))}
          <p className="quiet">
            <span className="swatch" style={{ background: "#c0262d" }} />
            {t("compare.apart")}
          </p>
        </>
      )}
    </Loaded>
  );
}

function rowsOf(compared: CompareAnswer, plan: Plan, other: Plan) {
  const of = (name: string) => compared.plans[name] as { grids: number; score: Record<string, number> } | undefined;
  const [left, right] = [of(plan.name), of(other.name)];
  const scores = SCORES.map((name) => ({
    name,
    left: left?.score[name],
    right: right?.score[name],
    show: (value?: number) => share(value),
  }));
  return [
    { name: "grids", left: left?.grids, right: right?.grids, show: (value?: number) => number(value) },
    ...scores,
  ];
}
