import type { FeatureCollection, Point } from "geojson";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Bounds } from "@/shared/api/answers";
import { GeoJsonSource, matched, NetworkSource, StyleLayer } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import { useShownNetwork } from "../unified";
import { type CaseBrief, LIGHT_COLORS } from "./case";

const QUIET = "#607d8b";
const LINE = { "line-color": "#90a4ae", "line-width": 1 };
const DOT = {
  "circle-radius": 6,
  "circle-color": matched("light", LIGHT_COLORS, QUIET),
  "circle-stroke-color": "#ffffff",
  "circle-stroke-width": 1.5,
};

/** Cases where they happened, coloured by their light, over the unified grids. */
export function CaseMap({ cases }: { cases: CaseBrief[] }) {
  const { t } = useTranslation("operator");
  const open = useNavigate();
  const network = useShownNetwork();
  const points = useMemo(() => asPoints(cases), [cases]);
  const bounds = useMemo(() => around(cases), [cases]);
  return (
    <div className="map boxed tall">
      <MapView bounds={bounds} label={t("cases.mapLabel", { count: cases.length })}>
        {network && (
          <NetworkSource id="network" network={network}>
            <StyleLayer id="network-line" type="line" sourceLayer="borders" paint={LINE} />
          </NetworkSource>
        )}
        <GeoJsonSource id="cases" data={points}>
          <StyleLayer id="cases" type="circle" paint={DOT} onClick={(found) => open(`/cases/${found.properties.id}`)} />
        </GeoJsonSource>
      </MapView>
    </div>
  );
}

function asPoints(cases: CaseBrief[]): FeatureCollection<Point> {
  return {
    type: "FeatureCollection",
    features: cases.map((one) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [one.lon, one.lat] },
      properties: { id: one.id, light: one.light },
    })),
  };
}

/** The box of all cases with some ground around them; null for none. */
function around(cases: CaseBrief[]): Bounds | null {
  if (cases.length === 0) return null;
  const [lons, lats] = [cases.map((one) => one.lon), cases.map((one) => one.lat)];
  const margin = 0.005;
  return [
    Math.min(...lons) - margin,
    Math.min(...lats) - margin,
    Math.max(...lons) + margin,
    Math.max(...lats) + margin,
  ];
}
