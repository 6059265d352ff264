import { Select, Table } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Shapes } from "@/shared/api/answers";
import { ground, number, share } from "@/shared/format";
import { OWNERS } from "@/shared/map/colors";
import { classes, type Expression, GeoJsonSource, StyleLayer } from "@/shared/map/layers";
import { useNetworkNames } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import type { PieceProperties, Plan } from "../plans/plan";
import { usePieces, usePlans } from "../plans/queries";

const OWNED: Expression = ["get", "owners"];
const FILL = { "fill-color": classes(OWNED, [1, 2, 3], OWNERS), "fill-opacity": 0.75 };

export interface Overlap {
  plans: ReturnType<typeof usePlans>;
  plan: Plan | undefined;
  networks: string[];
  counted: Shapes | undefined;
  choosePlan: (id: number) => void;
  chooseNetworks: (codes: string[]) => void;
}

/** Pieces of a consolidated plan with the number of networks, of those chosen, that own each; a city has megabytes of
 * them, asked for when they are looked at. */
export function useOverlap(isLookedAt: boolean): Overlap {
  const plans = usePlans();
  const [chosen, choosePlan] = useState<number | null>(null);
  const [codes, chooseNetworks] = useState<string[] | null>(null);
  const ready = (plans.data ?? []).filter((plan) => plan.status !== "draft");
  const plan = ready.find((one) => one.id === chosen) ?? ready.at(-1);
  const pieces = usePieces(isLookedAt ? plan : undefined);
  const every = useMemo(() => Object.keys(plan?.networks ?? {}), [plan]);
  const networks = useMemo(() => (codes ?? every).filter((code) => every.includes(code)), [codes, every]);
  const counted = useMemo(() => pieces.data && countOwners(pieces.data, networks), [pieces.data, networks]);
  return { plans, plan, networks, counted, choosePlan, chooseNetworks };
}

export function countOwners(pieces: Shapes<PieceProperties>, networks: readonly string[]): Shapes {
  const owners = (piece: PieceProperties) => {
    const codes = networks.flatMap((network) => String(piece[network] ?? "").split("|"));
    return codes.filter((code) => code !== "").length;
  };
  const features = pieces.features.map((piece) => ({
    ...piece,
    properties: { piece: piece.properties.piece, owners: owners(piece.properties), area_m2: piece.properties.area_m2 },
  }));
  return { type: "FeatureCollection", features };
}

export function OverlapLayer({ overlap }: { overlap: Overlap }) {
  if (!overlap.counted) return null;
  return (
    <GeoJsonSource id="overlap" data={overlap.counted}>
      <StyleLayer id="overlap-fill" type="fill" paint={FILL} />
    </GeoJsonSource>
  );
}

export function OverlapPanel({ overlap }: { overlap: Overlap }) {
  const { t } = useTranslation("planner");
  const nameOf = useNetworkNames();
  return (
    <Loaded of={overlap.plans}>
      {(plans) =>
        overlap.plan ? (
          <>
            <p className="quiet">{t("overlap.what")}</p>
            <label htmlFor="overlap-plan">{t("overlap.plan")}</label>
            <Select
              id="overlap-plan"
              className="wide"
              value={overlap.plan.id}
              options={plans
                .filter((plan) => plan.status !== "draft")
                .map((plan) => ({ value: plan.id, label: plan.name }))}
              onChange={overlap.choosePlan}
            />
            <label htmlFor="overlap-networks">{t("overlap.networks")}</label>
            <Select
              id="overlap-networks"
              className="wide"
              mode="multiple"
              value={overlap.networks}
              options={Object.keys(overlap.plan.networks).map((code) => ({ value: code, label: nameOf(code) }))}
              onChange={overlap.chooseNetworks}
            />
            <OwnersTable overlap={overlap} />
          </>
        ) : (
          <p>{t("overlap.none")}</p>
        )
      }
    </Loaded>
  );
}

function OwnersTable({ overlap }: { overlap: Overlap }) {
  const { t } = useTranslation("planner");
  const rows = useMemo(() => tally(overlap.counted), [overlap.counted]);
  const total = rows.reduce((sum, row) => sum + row.area, 0);
  return (
    <Table
      size="small"
      pagination={false}
      loading={!overlap.counted}
      rowKey="owners"
      dataSource={rows}
      columns={[
        {
          title: t("overlap.owners"),
          render: (_, row) => (
            <>
              <span className="swatch" style={{ background: OWNERS[Math.min(row.owners, 3)] }} />
              {t("overlap.by", { count: row.owners })}
            </>
          ),
        },
        { title: t("overlap.pieces"), align: "right", render: (_, row) => number(row.pieces) },
        { title: t("overlap.ground"), align: "right", render: (_, row) => ground(row.area) },
        { title: t("overlap.share"), align: "right", render: (_, row) => share(row.area / total) },
      ]}
    />
  );
}

function tally(counted: Shapes | undefined): { owners: number; pieces: number; area: number }[] {
  const rows = new Map<number, { owners: number; pieces: number; area: number }>();
  for (const { properties } of counted?.features ?? []) {
    const owners = Number(properties.owners);
    const row = rows.get(owners) ?? { owners, pieces: 0, area: 0 };
    rows.set(owners, { owners, pieces: row.pieces + 1, area: row.area + Number(properties.area_m2) });
  }
  return [...rows.values()].sort((a, b) => a.owners - b.owners);
}
