import { useQuery } from "@tanstack/react-query";
import { Button, Modal, Select } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { useNetworkNames } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import type { Plan } from "../plans/plan";
import { usePlans } from "../plans/queries";
import { type CrosswalkRow, flows } from "./flows";

const Chart = lazy(() => import("@/shared/Chart").then(({ Chart }) => ({ default: Chart })));
const ROOM_PER_GRID = 14;

/** How the grids of one network translate into those of another: a Sankey of their common households or ground. */
export function Crosswalk() {
  const { t } = useTranslation("planner");
  const plans = usePlans();
  const [chosen, choose] = useState<{ plan?: number; a?: string; b?: string; from?: string }>({});
  return (
    <Loaded of={plans}>
      {(known) => {
        const ready = known.filter((plan) => plan.status !== "draft" && Object.keys(plan.networks).length > 1);
        const plan = ready.find((one) => one.id === chosen.plan) ?? ready.at(-1);
        if (!plan) return <p>{t("crosswalk.none")}</p>;
        return <Pair plan={plan} plans={ready} chosen={chosen} onChoose={choose} />;
      }}
    </Loaded>
  );
}

interface PairProps {
  plan: Plan;
  plans: Plan[];
  chosen: { a?: string; b?: string; from?: string };
  onChoose: (chosen: { plan?: number; a?: string; b?: string; from?: string }) => void;
}

function Pair({ plan, plans, chosen, onChoose }: PairProps) {
  const { t } = useTranslation("planner");
  const nameOf = useNetworkNames();
  const codes = Object.keys(plan.networks);
  const a = chosen.a ?? codes[0] ?? "";
  const b = chosen.b ?? codes.find((code) => code !== a) ?? "";
  const rows = useQuery({
    queryKey: ["plan", plan.id, "crosswalk", a, b],
    queryFn: () =>
      answer<CrosswalkRow[]>(
        api.GET("/api/v1/plans/{plan_id}/crosswalk", { params: { path: { plan_id: plan.id }, query: { a, b } } }),
      ),
    enabled: a !== b,
  });
  const options = codes.map((code) => ({ value: code, label: nameOf(code) }));
  const set = (part: object) => onChoose({ plan: plan.id, a, b, ...part });
  return (
    <>
      <p className="quiet">{t("crosswalk.what")}</p>
      <Select
        className="wide"
        aria-label={t("overlap.plan")}
        value={plan.id}
        options={plans.map((one) => ({ value: one.id, label: one.name }))}
        onChange={(id) => onChoose({ plan: id })}
      />
      <div className="row pair">
        <Select
          aria-label={t("crosswalk.from")}
          value={a}
          options={options}
          onChange={(code) => set({ a: code, from: undefined })}
        />
        <span aria-hidden>→</span>
        <Select aria-label={t("crosswalk.to")} value={b} options={options} onChange={(code) => set({ b: code })} />
      </div>
      <Loaded of={rows}>
        {(found) => (
          <Flows
            rows={found}
            from={chosen.from}
            onFrom={(from) => set({ from })}
            title={`${nameOf(a)} → ${nameOf(b)}`}
          />
        )}
      </Loaded>
    </>
  );
}

interface FlowsProps {
  rows: CrosswalkRow[];
  from: string | undefined;
  onFrom: (from: string | undefined) => void;
  title: string;
}

function Flows({ rows, from, onFrom, title }: FlowsProps) {
  const { t } = useTranslation("planner");
  const [isLarge, setLarge] = useState(false);
  const left = useMemo(() => [...new Set(rows.map((row) => row.a))].filter(Boolean).sort(), [rows]);
  const shown = useMemo(() => flows(rows, from), [rows, from]);
  const summary = t("crosswalk.summary", { title, count: shown.links.length });
  const chart = (height: number) => (
    <Suspense>
      <Chart option={shown.option} summary={summary} height={height} />
    </Suspense>
  );
  const height = Math.max(260, shown.nodes * ROOM_PER_GRID);
  return (
    <>
      <Select
        className="wide"
        allowClear
        showSearch
        placeholder={t("crosswalk.all")}
        aria-label={t("crosswalk.grid")}
        value={from}
        options={left.map((code) => ({ value: code, label: code }))}
        onChange={onFrom}
      />
      {chart(Math.min(height, 520))}
      <Button onClick={() => setLarge(true)}>{t("crosswalk.enlarge")}</Button>
      <Modal open={isLarge} onCancel={() => setLarge(false)} footer={null} width="90vw" title={title} destroyOnHidden>
        <div className="scroll">{chart(height)}</div>
      </Modal>
    </>
  );
}
