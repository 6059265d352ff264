import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Shapes } from "@/shared/api/answers";
import { fetchJson } from "@/shared/api/client";
import { classes, type Expression, GeoJsonSource, StyleLayer } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import { useGround } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { PROBLEMS, type Problem } from "./problems";

const COLORS = ["#ffffff", "#ffe0b2", "#ffb74d", "#f57c00", "#bf360c"];
const BREAKS = [1, 5, 20, 100];
const LINE = { "line-color": "#546e7a", "line-width": 0.7 };

/** Grids by the number of their cells that have a problem. */
export function MatrixMap({ network, problem }: { network: string; problem: Problem | null }) {
  const { t } = useTranslation("admin");
  const ground = useGround([network]);
  const grids = useQuery({
    queryKey: ["duties", "audit", network, "map"],
    queryFn: () => fetchJson<Shapes>(`/api/v1/duties/audit.geojson?network=${encodeURIComponent(network)}`),
  });
  const paint = useMemo(() => {
    const counted = (problem ? [problem] : [...PROBLEMS]).map((each) => ["coalesce", ["get", each], 0]);
    return { "fill-color": classes(["+", ...counted] as unknown as Expression, BREAKS, COLORS), "fill-opacity": 0.8 };
  }, [problem]);
  return (
    <div className="map boxed">
      <Loaded of={grids}>
        {(shapes) => (
          <MapView bounds={ground.data} label={t("duties.map")}>
            <GeoJsonSource id="matrix" data={shapes}>
              <StyleLayer id="matrix-fill" type="fill" paint={paint} />
              <StyleLayer id="matrix-line" type="line" paint={LINE} />
            </GeoJsonSource>
          </MapView>
        )}
      </Loaded>
    </div>
  );
}
