import { Alert, Progress, Table } from "antd";
import { useTranslation } from "react-i18next";
import { number, share } from "@/shared/format";
import { Loaded } from "@/shared/States";
import type { Plan } from "../plan";
import { useScore } from "../queries";
import { useDrawerNames } from "./drawers";

const PRINCIPLES = ["proximity", "size", "interest", "management"] as const;

/** The four principles, the measures below them, breaches, and the length of border that each drew. */
export function ScoreFigures({ plan }: { plan: Plan }) {
  const { t } = useTranslation("planner");
  const score = useScore(plan);
  return (
    <Loaded of={score}>
      {(known) => (
        <>
          {plan.breaches.length > 0 && (
            <Alert type="warning" showIcon title={t("result.breaches", { count: plan.breaches.length })} />
          )}
          <dl className="figures">
            <Figure label={t("measure.total")} value={share(known.total)} />
            <Figure label={t("plans.grids")} value={number(known.grids)} />
            <Figure label={t("measure.inside_band")} value={share(known.inside_band)} />
            <Figure label={t("measure.deviation_p95")} value={share(known.deviation_p95)} />
          </dl>
          {PRINCIPLES.map((name) => (
            <div key={name} className="principle">
              <span>{t(`measure.${name}`)}</span>
              <Progress percent={Math.round((known[name] ?? 0) * 1000) / 10} aria-label={t(`measure.${name}`)} />
              <p className="quiet">{t(`measureWhat.${name}`)}</p>
            </div>
          ))}
          <h2>{t("result.drawnBy")}</h2>
          <Drawn drawnBy={known.drawn_by} />
        </>
      )}
    </Loaded>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The length of border that each drew. */
export function DrawnBy({ plan }: { plan: Plan }) {
  return <Loaded of={useScore(plan)}>{(known) => <Drawn drawnBy={known.drawn_by} />}</Loaded>;
}

function Drawn({ drawnBy }: { drawnBy: Record<string, number> }) {
  const { t } = useTranslation("planner");
  const nameOf = useDrawerNames();
  const total = drawnBy.total ?? 0;
  const rows = Object.entries(drawnBy).map(([by, metres]) => ({ by, metres }));
  return (
    <Table
      size="small"
      rowKey="by"
      pagination={false}
      dataSource={rows}
      columns={[
        { title: t("result.who"), render: (_, row) => nameOf(row.by) },
        { title: t("result.length"), align: "right", render: (_, row) => `${number(row.metres / 1000, 1)} km` },
        { title: t("overlap.share"), align: "right", render: (_, row) => share(row.metres / total) },
      ]}
    />
  );
}
