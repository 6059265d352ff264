import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Shapes } from "@/shared/api/answers";
import { number } from "@/shared/format";
import { boundsOf, widened } from "@/shared/map/bounds";
import { Legend } from "@/shared/map/Legend";
import { GeoJsonSource, matched, NetworkSource, StyleLayer } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import { useGround } from "@/shared/queries";
import { useShownNetwork } from "../unified";
import { LEVEL_COLORS, LEVELS, type Placed, readKey } from "./object";
import type { Filter } from "./queries";

const BORDER = { "line-color": "#90a4ae", "line-width": 0.8 };
const SIZE = ["interpolate", ["linear"], ["get", "events"], 1, 6, 20, 16];
const NAME = {
  "text-field": ["get", "name"],
  "text-size": 12,
  "text-offset": [0, 1.4],
  "text-anchor": "top",
  "text-optional": true,
};
const HALO = { "text-color": "#1f2328", "text-halo-color": "#ffffff", "text-halo-width": 1.6 };

interface ObjectMapProps {
  shapes: Shapes<Placed>;
  filter: Filter;
  chosen: number | null;
  onChoose: (id: number) => void;
}

/** Objects where they were named last, larger with more events; the red ones on top. */
export function ObjectMap({ shapes, filter, chosen, onChoose }: ObjectMapProps) {
  const { t } = useTranslation("operator");
  const network = useShownNetwork();
  const ground = useGround(network ? [network] : []);
  const shown = useMemo(() => fitting(shapes, filter), [shapes, filter]);
  const bounds = useMemo(() => {
    const box = boundsOf(shapes);
    return box ? widened(box, 0.003) : (ground.data ?? null);
  }, [shapes, ground.data]);
  const paint = useMemo(
    () => ({
      "circle-color": matched("level", LEVEL_COLORS, LEVEL_COLORS.green),
      "circle-radius": SIZE,
      "circle-opacity": 0.85,
      "circle-stroke-color": ["case", ["==", ["get", "id"], chosen ?? -1], "#1f2328", "#ffffff"],
      "circle-stroke-width": ["case", ["==", ["get", "id"], chosen ?? -1], 3, 1.5],
    }),
    [chosen],
  );
  return (
    <>
      <MapView bounds={bounds} label={t("objects.map", { shown: number(shown.features.length) })}>
        {network && (
          <NetworkSource id="grids" network={network}>
            <StyleLayer id="grids-line" type="line" sourceLayer="borders" paint={BORDER} />
          </NetworkSource>
        )}
        <GeoJsonSource id="objects" data={shown}>
          <StyleLayer
            id="objects-dot"
            type="circle"
            paint={paint}
            onClick={(feature) => onChoose(Number(feature.properties.id))}
          />
          <StyleLayer id="objects-name" type="symbol" layout={NAME} paint={HALO} minzoom={12} />
        </GeoJsonSource>
      </MapView>
      <Legend
        title={t("objects.level")}
        entries={LEVELS.map((level) => ({
          color: LEVEL_COLORS[level],
          label: `${t(`objects.levels.${level}`)} · ${number(count(shapes, level))}`,
        }))}
      />
    </>
  );
}

function fitting(shapes: Shapes<Placed>, { level, kind }: Filter): Shapes<Placed> {
  const features = shapes.features
    .filter(
      ({ properties }) => (!level || properties.level === level) && (!kind || readKey(properties.key)[0] === kind),
    )
    .sort((a, b) => LEVELS.indexOf(b.properties.level) - LEVELS.indexOf(a.properties.level));
  return { type: "FeatureCollection", features };
}

function count(shapes: Shapes<Placed>, level: string): number {
  return shapes.features.filter(({ properties }) => properties.level === level).length;
}
