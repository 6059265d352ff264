import { useMemo } from "react";
import { GeoJsonSource, NetworkSource, StyleLayer } from "@/shared/map/layers";
import type { Look, Owned } from "./looks";

const LINE_WIDTH = ["interpolate", ["linear"], ["zoom"], 9, 0.8, 13, 1.6, 16, 3];

/** Ground, borders and labels of the networks that are shown, from vector tiles. */
export function NetworkLayers({
  looks,
  at,
  isFaint,
}: {
  looks: readonly Look[];
  at?: string | undefined;
  isFaint: boolean;
}) {
  return looks
    .filter((look) => look.isShown)
    .map((look) => <Layers key={look.code} look={look} at={at} isFaint={isFaint} />);
}

function Layers({ look, at, isFaint }: { look: Look; at?: string | undefined; isFaint: boolean }) {
  const fill = useMemo(
    // its borders are lines of their own: smoothing its edges would draw every one twice
    () => ({ "fill-color": look.color, "fill-opacity": isFaint ? 0 : look.opacity, "fill-antialias": false }),
    [look.color, look.opacity, isFaint],
  );
  const line = useMemo(() => ({ "line-color": look.color, "line-width": LINE_WIDTH }), [look.color]);
  const id = `network-${look.code}`;
  return (
    <NetworkSource id={id} network={look.code} at={at}>
      <StyleLayer id={`${id}-fill`} type="fill" sourceLayer="grids" paint={fill} />
      <StyleLayer id={`${id}-line`} type="line" sourceLayer="borders" paint={line} />
      {look.hasLabels && (
        <StyleLayer id={`${id}-label`} type="symbol" sourceLayer="grids" layout={LABEL} paint={HALO} />
      )}
    </NetworkSource>
  );
}

const LABEL = { "text-field": ["get", "code"], "text-size": 12, "text-padding": 4 };
const HALO = { "text-color": "#1f2328", "text-halo-color": "#ffffff", "text-halo-width": 1.6 };
const DOT = {
  "circle-radius": 7,
  "circle-color": "#c0262d",
  "circle-stroke-color": "#ffffff",
  "circle-stroke-width": 2,
};

/** Where somebody pointed at. */
export function PlaceMark({ place }: { place: Owned | null }) {
  const data = useMemo(() => (place ? { type: "Point" as const, coordinates: [place.lon, place.lat] } : null), [place]);
  return (
    data && (
      <GeoJsonSource id="place" data={data}>
        <StyleLayer id="place-dot" type="circle" paint={DOT} />
      </GeoJsonSource>
    )
  );
}
