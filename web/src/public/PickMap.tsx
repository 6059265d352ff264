import { AimOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bounds } from "@/shared/api/answers";
import { widened } from "@/shared/map/bounds";
import { GeoJsonSource, StyleLayer, TileSource } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import { useGroundMap } from "./queries";
import type { Place } from "./types";

const LINE = { "line-color": "#78909c", "line-width": 1 };
const DOT = { "circle-radius": 9, "circle-color": "#c0262d", "circle-stroke-color": "#fff", "circle-stroke-width": 3 };
const LABEL = { "text-field": ["coalesce", ["get", "name"], ["get", "code"]], "text-size": 12 };
const HALO = { "text-color": "#37474f", "text-halo-color": "#ffffff", "text-halo-width": 1.5 };
const TILES = `${window.location.origin}/api/v1/public/map/{z}/{x}/{y}.mvt`;
const NEAR = 0.002; // degrees around a place

/** The map of the grids in force, or `children` in their place; a tap, or the telephone's position, says where. */
export function PickMap(props: {
  place: Place | null;
  onPlace: (place: Place) => void;
  label: string;
  bounds?: Bounds;
  children?: ReactNode;
}) {
  const { place, onPlace } = props;
  const ground = useGroundMap();
  const [near, setNear] = useState<Bounds | null>(() => (place && !props.children ? around(place) : null));
  const point = useMemo(() => ({ type: "Point" as const, coordinates: place ? [place.lon, place.lat] : [] }), [place]);
  const bounds = near ?? props.bounds ?? ground.data?.bounds;
  return (
    <>
      <div className="where">
        <MapView
          bounds={bounds}
          label={props.label}
          onClick={({ lngLat }) => onPlace({ lon: rounded(lngLat.lng), lat: rounded(lngLat.lat) })}
        >
          {props.children}
          {!props.children && ground.data?.edition && (
            <TileSource id="ground" tiles={TILES}>
              <StyleLayer id="ground-line" type="line" sourceLayer="borders" paint={LINE} />
              <StyleLayer
                id="ground-label"
                type="symbol"
                sourceLayer="grids"
                layout={LABEL}
                paint={HALO}
                minzoom={14}
              />
            </TileSource>
          )}
          {place && (
            <GeoJsonSource id="place" data={point}>
              <StyleLayer id="place" type="circle" paint={DOT} />
            </GeoJsonSource>
          )}
        </MapView>
      </div>
      <OwnPosition
        onPlace={(found) => {
          onPlace(found);
          setNear(around(found));
        }}
      />
    </>
  );
}

function OwnPosition({ onPlace }: { onPlace: (place: Place) => void }) {
  const { t } = useTranslation("public");
  const [state, setState] = useState<"" | "asking" | "refused" | "failed">("");
  const ask = () => {
    if (!navigator.geolocation) return setState("failed");
    setState("asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setState("");
        const accuracy = Math.min(5000, Math.round(coords.accuracy));
        onPlace({ lon: rounded(coords.longitude), lat: rounded(coords.latitude), accuracy_m: accuracy });
      },
      (error) => setState(error.code === error.PERMISSION_DENIED ? "refused" : "failed"),
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 30_000 },
    );
  };
  return (
    <>
      <Button block size="large" icon={<AimOutlined aria-hidden />} loading={state === "asking"} onClick={ask}>
        {t("position.use")}
      </Button>
      <div role="status">
        {(state === "refused" || state === "failed") && <p className="quiet">{t(`position.${state}`)}</p>}
      </div>
    </>
  );
}

function around({ lon, lat }: Place): Bounds {
  return widened([lon, lat, lon, lat], NEAR);
}

function rounded(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
