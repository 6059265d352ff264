import { useTranslation } from "react-i18next";
import type { Bounds } from "@/shared/api/answers";
import { GeoJsonSource, matched, StyleLayer } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import type { Checked } from "./check";

const SEVERITY = matched("severity", { error: "#c0262d", warning: "#d97706", info: "#2563eb" }, "#555555");
const GROUND = { "fill-color": "#0072b2", "fill-opacity": 0.12 };
const BORDER = { "line-color": "#0072b2", "line-width": 1.2 };
const LABEL = { "text-field": ["get", "code"], "text-size": 11 };
const HALO = { "text-color": "#1f2328", "text-halo-color": "#ffffff", "text-halo-width": 1.5 };
const PLACES = {
  "circle-color": SEVERITY,
  "circle-radius": 5,
  "circle-stroke-color": "#ffffff",
  "circle-stroke-width": 1,
};
const STRETCHES = { "line-color": SEVERITY, "line-width": 3 };
const PATCHES = { "fill-color": SEVERITY, "fill-opacity": 0.5 };

/** The file's shapes and its problems, before or after the repair. */
export function CheckMap({
  checked,
  isAfter,
  bounds,
}: {
  checked: Checked | undefined;
  isAfter: boolean;
  bounds: Bounds | null;
}) {
  const { t } = useTranslation("planner");
  const shapes = isAfter && checked?.repaired ? checked.repaired : checked?.features;
  const problems = isAfter && checked?.problems_left ? checked.problems_left : checked?.problems;
  return (
    <MapView bounds={bounds} label={t("import.map")}>
      {shapes && (
        <GeoJsonSource id="shapes" data={shapes}>
          <StyleLayer id="shapes-fill" type="fill" paint={GROUND} />
          <StyleLayer id="shapes-line" type="line" paint={BORDER} />
          <StyleLayer id="shapes-label" type="symbol" layout={LABEL} paint={HALO} minzoom={12} />
        </GeoJsonSource>
      )}
      {problems && (
        <GeoJsonSource id="problems" data={problems}>
          <StyleLayer id="problems-fill" type="fill" paint={PATCHES} filter={["==", ["geometry-type"], "Polygon"]} />
          <StyleLayer id="problems-line" type="line" paint={STRETCHES} />
          <StyleLayer id="problems-place" type="circle" paint={PLACES} filter={["==", ["geometry-type"], "Point"]} />
        </GeoJsonSource>
      )}
    </MapView>
  );
}
