import { Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { codeText } from "@/shared/codes";
import { boundsOf } from "@/shared/map/bounds";
import { Legend } from "@/shared/map/Legend";
import { type Expression, GeoJsonSource, matched, StyleLayer } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import type { TransferGround } from "./queries";
import { type Transfer, ways } from "./transfer";

const COLORS = { open: "#0072b2", unsure: "#d55e00", accepted: "#2e7d32", leaves: "#5f5f5f" };
const GROUND = { "fill-color": "#ffffff", "fill-opacity": 0.75 };
const BORDER = { "line-color": "#78909c", "line-width": 0.8 };
const LABEL = { "text-size": 11, "text-padding": 4 };
const HALO = { "text-color": "#37474f", "text-halo-color": "#ffffff", "text-halo-width": 1.4 };
const ARROW = {
  "symbol-placement": "line-center",
  "text-field": "▶",
  "text-size": 14,
  "text-keep-upright": false,
  "text-rotation-alignment": "map",
  "text-allow-overlap": true,
  "text-ignore-placement": true,
};
const COLOR = matched("state", COLORS, COLORS.open);
const ENDS = ["all", ["==", ["geometry-type"], "Point"]] as unknown as Expression;

interface TransferMapProps {
  ground: TransferGround | null;
  rows: readonly Transfer[];
  way: string | null;
  onWay: (way: string | null) => void;
}

/** Each way that posts go, from the old grid's middle to the new one's; a click chooses it in the table. */
export function TransferMap({ ground, rows, way, onWay }: TransferMapProps) {
  const { t } = useTranslation("admin");
  const lines = useMemo(() => (ground ? ways(rows, ground.old, ground.fresh) : null), [ground, rows]);
  const bounds = useMemo(() => ground && boundsOf(ground.shapes), [ground]);
  const label = useMemo(() => {
    const codes = (ground?.shapes.features ?? []).map(({ properties }) => String(properties.code));
    return { ...LABEL, "text-field": codeText(codes) };
  }, [ground]);
  const [line, dot, arrow] = useMemo(() => paints(way), [way]);
  if (!ground || !lines) return <Skeleton active className="padded" />;
  const pick = (key: unknown) => onWay(key === way ? null : String(key));
  return (
    <div className="map boxed tall">
      <MapView bounds={bounds} label={t("transfers.map")}>
        <GeoJsonSource id="new-grids" data={ground.shapes}>
          <StyleLayer id="new-fill" type="fill" paint={GROUND} />
          <StyleLayer id="new-line" type="line" paint={BORDER} />
          <StyleLayer id="new-label" type="symbol" layout={label} paint={HALO} minzoom={12} />
        </GeoJsonSource>
        <GeoJsonSource id="ways" data={lines}>
          <StyleLayer id="ways-line" type="line" paint={line} onClick={(feature) => pick(feature.properties.key)} />
          <StyleLayer id="ways-arrow" type="symbol" layout={ARROW} paint={arrow} />
          <StyleLayer
            id="ways-end"
            type="circle"
            filter={ENDS as never}
            paint={dot}
            onClick={(feature) => pick(feature.properties.key)}
          />
        </GeoJsonSource>
      </MapView>
      <Legend
        title={t("transfers.ways")}
        entries={Object.entries(COLORS).map(([state, color]) => ({ color, label: t(`transfers.way.${state}`) }))}
      />
    </div>
  );
}

function paints(way: string | null) {
  const faint = (full: number) => (way === null ? full : ["case", ["==", ["get", "key"], way], 1, 0.12]);
  const width = ["interpolate", ["linear"], ["get", "posts"], 1, 2, 10, 6];
  return [
    { "line-color": COLOR, "line-width": width, "line-opacity": faint(0.8) },
    {
      "circle-color": COLOR,
      "circle-radius": 5,
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 1.5,
      "circle-opacity": faint(0.9),
    },
    { "text-color": COLOR, "text-opacity": faint(1) },
  ] as const;
}
