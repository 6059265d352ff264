import { CloseOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Descriptions, Tag } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { number } from "@/shared/format";
import { useNetworkNames } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import type { Owned } from "./looks";

interface OwnerGrid {
  network: string;
  code: string;
  name: string;
  kind: string | null;
  area: string | null;
  on_boundary: boolean;
  ambiguous: boolean;
  border_m: number | null;
  staff: { role: string; name: string; on_duty: boolean }[];
}

interface Lookup {
  grids: OwnerGrid[];
  outside: boolean;
  nearest: { network: string; code: string; distance_m: number } | null;
  warnings: unknown[];
}

/** Everybody who owns a place: the grid of each network, how near its border is, and its people. */
export function OwnersPanel({ place, onClose }: { place: Owned; onClose: () => void }) {
  const { t } = useTranslation("planner");
  const { lon, lat, at } = place;
  const owners = useQuery({
    queryKey: ["lookup", lon, lat, at],
    queryFn: () =>
      answer<Lookup>(api.GET("/api/v1/lookup", { params: { query: { lon, lat, ...(at ? { at } : {}) } } })),
  });
  return (
    <aside className="owners" aria-label={t("owners.title")}>
      <div className="row spread">
        <h2>{t("owners.title")}</h2>
        <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t("close")} onClick={onClose} />
      </div>
      <p className="quiet">
        {lon.toFixed(6)}, {lat.toFixed(6)}
      </p>
      <Loaded of={owners}>{(found) => <Owners found={found} />}</Loaded>
    </aside>
  );
}

function Owners({ found }: { found: Lookup }) {
  const { t } = useTranslation("planner");
  const nameOf = useNetworkNames();
  if (found.outside)
    return (
      <Alert
        type="info"
        title={t("owners.outside")}
        description={
          found.nearest &&
          t("owners.nearest", {
            ...found.nearest,
            network: nameOf(found.nearest.network),
            distance: number(found.nearest.distance_m),
          })
        }
      />
    );
  return (
    <Descriptions
      size="small"
      column={1}
      layout="vertical"
      colon={false}
      items={found.grids.map((grid) => ({
        key: grid.network,
        label: nameOf(grid.network),
        children: (
          <div>
            <strong>{grid.code}</strong> {grid.name !== grid.code && grid.name}{" "}
            {grid.kind && <Tag>{t(`kind.${grid.kind}`)}</Tag>}
            {grid.on_boundary && <Tag color="#b45309">{t("owners.onBoundary")}</Tag>}
            {grid.ambiguous && <Tag color="#c0262d">{t("owners.ambiguous")}</Tag>}
            <div className="quiet">{t("owners.border", { distance: number(grid.border_m, 1) })}</div>
            {grid.staff.map((person) => (
              <div key={`${person.role}-${person.name}`}>
                {t(`shared:role.${person.role}`, { defaultValue: person.role })} · {person.name}{" "}
                {person.on_duty && <Tag color="#2e7d32">{t("owners.onDuty")}</Tag>}
              </div>
            ))}
          </div>
        ),
      }))}
    />
  );
}
