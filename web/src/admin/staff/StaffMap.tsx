import { useQuery } from "@tanstack/react-query";
import { Alert, Select } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Shapes } from "@/shared/api/answers";
import { answer, api, fetchJson } from "@/shared/api/client";
import { number } from "@/shared/format";
import { boundsOf } from "@/shared/map/bounds";
import { Legend } from "@/shared/map/Legend";
import { type Expression, GeoJsonSource, StyleLayer } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import { useNetworkNames } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { PostTable } from "./PostTable";
import { countFilling, FILLING, FILLING_COLORS, type GridPosts } from "./staffing";
import { type Post, useRoleNames } from "./terms";
import { useStaffedNetwork } from "./useStaffedNetwork";

const LINE = { "line-color": "#546e7a", "line-width": 0.8 };
const LABEL = {
  "text-field": ["case", [">", ["get", "posts"], 0], ["to-string", ["get", "posts"]], ""],
  "text-size": 12,
};
const HALO = { "text-color": "#1f2328", "text-halo-color": "#ffffff", "text-halo-width": 1.4 };
const FILL = {
  "fill-color": [
    "case",
    ["==", ["get", "posts"], 0],
    FILLING_COLORS.empty,
    [">", ["get", "vacancies"], 0],
    FILLING_COLORS.vacant,
    [">", ["get", "surpluses"], 0],
    FILLING_COLORS.surplus,
    FILLING_COLORS.full,
  ] as unknown as Expression,
  "fill-opacity": 0.65,
};

/** Grids of a network by how their posts are filled; a click tells who is there. */
export function StaffMap() {
  const { t } = useTranslation("admin");
  const networkName = useNetworkNames();
  const { known, network, choose } = useStaffedNetwork();
  const [grid, setGrid] = useState<GridPosts | null>(null);
  const grids = useQuery({
    queryKey: ["staff", "map", network],
    queryFn: () =>
      fetchJson<Shapes<GridPosts>>(`/api/v1/staff/audit.geojson?network=${encodeURIComponent(network ?? "")}`),
    enabled: network !== undefined,
    structuralSharing: false,
  });
  if (known?.length === 0) return <Alert type="info" title={t("duties.noNetwork")} />;
  return (
    <>
      <div className="row filters">
        <Select
          aria-label={t("column.network")}
          style={{ minWidth: 180 }}
          value={network}
          onChange={(code) => {
            choose(code);
            setGrid(null);
          }}
          options={(known ?? []).map((value) => ({ value, label: networkName(value) }))}
        />
        {grids.data && (
          <Select
            showSearch
            allowClear
            aria-label={t("column.grid")}
            placeholder={t("column.grid")}
            style={{ minWidth: 200 }}
            value={grid?.code}
            onChange={(code) =>
              setGrid(grids.data.features.find((one) => one.properties.code === code)?.properties ?? null)
            }
            options={grids.data.features.map(({ properties }) => ({ value: properties.code, label: properties.code }))}
          />
        )}
      </div>
      <Loaded of={grids}>
        {(shapes) => (
          <div className="halves">
            <Drawn shapes={shapes} onGrid={setGrid} />
            {grid && network ? (
              <Holders network={network} grid={grid} />
            ) : (
              <p className="quiet">{t("staff.pickGrid")}</p>
            )}
          </div>
        )}
      </Loaded>
    </>
  );
}

function Drawn({ shapes, onGrid }: { shapes: Shapes<GridPosts>; onGrid: (grid: GridPosts) => void }) {
  const { t } = useTranslation("admin");
  const bounds = useMemo(() => boundsOf(shapes), [shapes]);
  const counts = useMemo(() => countFilling(shapes.features.map((one) => one.properties)), [shapes]);
  return (
    <div className="map boxed tall">
      <MapView bounds={bounds} label={t("staff.map")}>
        <GeoJsonSource id="staffed" data={shapes}>
          <StyleLayer
            id="staffed-fill"
            type="fill"
            paint={FILL}
            onClick={(feature) => onGrid(feature.properties as GridPosts)}
          />
          <StyleLayer id="staffed-line" type="line" paint={LINE} />
          <StyleLayer id="staffed-posts" type="symbol" layout={LABEL} paint={HALO} />
        </GeoJsonSource>
      </MapView>
      <Legend
        title={t("staff.filling")}
        entries={FILLING.map((each) => ({
          color: FILLING_COLORS[each],
          label: `${t(`filling.${each}`)} · ${number(counts[each])}`,
        }))}
      />
    </div>
  );
}

function Holders({ network, grid }: { network: string; grid: GridPosts }) {
  const { t } = useTranslation("admin");
  const nameOf = useRoleNames();
  const held = useQuery({
    queryKey: ["posts", network, grid.code],
    queryFn: () =>
      answer<{ posts: Post[] }>(
        api.GET("/api/v1/posts", {
          params: { query: { network, grid: grid.code, at: new Date().toISOString() } },
        }),
      ),
  });
  return (
    <section aria-label={grid.code}>
      <h2>
        {grid.code} {grid.name !== grid.code && grid.name}
      </h2>
      <p>{t("staff.ofGrid", { posts: number(grid.posts), vacancies: number(grid.vacancies) })}</p>
      <Loaded of={held}>{(found) => <PostTable posts={found.posts} nameOf={nameOf} />}</Loaded>
    </section>
  );
}
