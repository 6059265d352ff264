import { Segmented, Select, Tabs } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bounds, Shape, Shapes } from "@/shared/api/answers";
import { boundsOf, widened } from "@/shared/map/bounds";
import { Legend } from "@/shared/map/Legend";
import { GeoJsonSource, StyleLayer } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import { Loaded } from "@/shared/States";
import type { GridProperties, Plan } from "../plan";
import { useBorders, useGrids } from "../queries";
import { BorderLayer, borderLegend } from "./BorderLayer";
import { COLORINGS, type Coloring, colored, shortCode } from "./coloring";
import { useDrawerNames } from "./drawers";
import { GridTable } from "./GridTable";
import { DrawnBy, ScoreFigures } from "./ScoreFigures";

const Histogram = lazy(() => import("./Histogram"));
const EDGE = { "line-color": "#3b4148", "line-width": 0.8 };
const CHOSEN = { "line-color": "#c0262d", "line-width": 3 };
const HALO = { "text-color": "#1f2328", "text-halo-color": "#ffffff", "text-halo-width": 1.5 };
const LOADS = ["households", "people", "businesses", "jobs"];

/** The division on the map and in a table: kinds, sizes, deviations, loads, what stays, and who drew the borders. */
export default function ResultTab({ plan }: { plan: Plan }) {
  return <Loaded of={useGrids(plan)}>{(grids) => <Result plan={plan} grids={grids} />}</Loaded>;
}

function Result({ plan, grids }: { plan: Plan; grids: Shapes<GridProperties> }) {
  const { t } = useTranslation("planner");
  const drawerName = useDrawerNames();
  const [coloring, setColoring] = useState<Coloring>("kind");
  const [load, setLoad] = useState("households");
  const [chosen, choose] = useState<string | null>(null);
  const [focus, setFocus] = useState<Bounds | null>(null);
  const [tab, setTab] = useState("score");
  const borders = useBorders(plan, tab === "borders").data;
  const all = useMemo(() => boundsOf(grids), [grids]);
  const look = useMemo(() => colored(coloring, grids, load, (kind) => t(`kind.${kind}`)), [coloring, grids, load, t]);
  const label = useMemo(() => ({ "text-field": shortCode(grids), "text-size": 11 }), [grids]);
  const fill = useMemo(
    () => ({ "fill-color": look.color, "fill-opacity": tab === "borders" ? 0.15 : 0.75 }),
    [look, tab],
  );
  const zoomTo = (grid: Shape<GridProperties>) => {
    choose(grid.properties.code);
    const box = boundsOf(grid);
    if (box) setFocus(widened(box, 0.003));
  };
  const loads = LOADS.filter((name) => name in (grids.features[0]?.properties ?? {}));
  const tabs = [
    { key: "score", label: t("result.score"), children: <ScoreFigures plan={plan} /> },
    { key: "grids", label: t("result.grids"), children: <GridTable grids={grids} chosen={chosen} onChoose={zoomTo} /> },
    {
      key: "sizes",
      label: t("result.sizes"),
      children: (
        <Suspense>
          <Histogram plan={plan} grids={grids} />
        </Suspense>
      ),
    },
    {
      key: "borders",
      label: t("result.borders"),
      children: (
        <>
          <p className="quiet">{t("result.bordersWhat")}</p>
          <DrawnBy plan={plan} />
        </>
      ),
    },
  ];
  return (
    <div className="stage under-strip">
      <section className="panel wide" aria-label={t("result.title")}>
        <h1 className="unseen">{`${plan.name} · ${t("result.title")}`}</h1>
        <Tabs items={tabs} activeKey={tab} onChange={setTab} />
      </section>
      <div className="canvas">
        <MapView bounds={focus ?? all} label={t("result.map")}>
          <GeoJsonSource id="grids" data={grids}>
            <StyleLayer
              id="grids-fill"
              type="fill"
              paint={fill}
              onClick={(grid) => choose(String(grid.properties.code))}
            />
            <StyleLayer id="grids-line" type="line" paint={EDGE} />
            <StyleLayer id="grids-chosen" type="line" paint={CHOSEN} filter={["==", ["get", "code"], chosen ?? ""]} />
            <StyleLayer id="grids-label" type="symbol" layout={label} paint={HALO} minzoom={13} />
          </GeoJsonSource>
          {tab === "borders" && borders && <BorderLayer borders={borders} />}
        </MapView>
        <div className="float row">
          <Segmented
            size="small"
            value={coloring}
            aria-label={t("result.color")}
            options={COLORINGS.map((name) => ({ value: name, label: t(`result.by.${name}`) }))}
            onChange={setColoring}
          />
          {coloring === "workload" && (
            <Select
              size="small"
              value={load}
              aria-label={t("result.load")}
              style={{ width: 110 }}
              options={loads.map((name) => ({ value: name, label: t(`quantity.${name}`, { defaultValue: name }) }))}
              onChange={setLoad}
            />
          )}
        </div>
        {tab === "borders" && borders ? (
          <Legend title={t("result.drawnBy")} entries={borderLegend(borders, drawerName)} />
        ) : (
          <Legend title={t(`result.by.${coloring}`)} entries={look.legend} />
        )}
      </div>
    </div>
  );
}
