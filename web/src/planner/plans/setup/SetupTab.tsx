import { useQueryClient } from "@tanstack/react-query";
import { Descriptions } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Run } from "@/shared/api/answers";
import { ground, number, share } from "@/shared/format";
import { refresh, useNetworkNames } from "@/shared/queries";
import { RunProgress, useRun } from "@/shared/runs";
import { useSession } from "@/shared/session";
import type { Plan } from "../plan";
import { Candidates } from "./Candidates";
import { ConsolidationForm } from "./ConsolidationForm";
import { DivisionForm } from "./DivisionForm";

/** Inputs, consolidation, division: each step with its parameters, run and outcome. */
export default function SetupTab({ plan }: { plan: Plan }) {
  const { t } = useTranslation("planner");
  const { can } = useSession();
  const queries = useQueryClient();
  const nameOf = useNetworkNames();
  const layer = (name: string) => t(`layerKind.${name}`, { defaultValue: name });
  const [started, setStarted] = useState<Run | null>(null);
  const run = useRun(started, () => refresh(queries, "plans", "plan"));
  const isBusy = run !== null && (run.status === "queued" || run.status === "running");
  const mayChange = can("plan") && plan.status !== "published";
  const form = { plan, isBusy, onStart: setStarted };
  return (
    <div className="sheet">
      <h1>{t("setup.title")}</h1>
      {run && <RunProgress run={run} />}
      <section aria-label={t("setup.inputs")}>
        <h2>{t("setup.inputs")}</h2>
        <Descriptions
          size="small"
          bordered
          column={{ xs: 1, md: 2 }}
          items={[
            {
              key: "networks",
              label: t("newPlan.networks"),
              children: Object.keys(plan.networks).map(nameOf).join(" · "),
            },
            { key: "areas", label: t("newPlan.areas"), children: plan.areas ? layer(plan.areas) : "–" },
            { key: "cuts", label: t("newPlan.cuts"), children: plan.cuts.map(layer).join(" · ") || "–" },
            { key: "crs", label: t("setup.crs"), children: plan.crs },
          ]}
        />
      </section>
      <section aria-label={t("setup.consolidation")}>
        <h2>1 · {t("setup.consolidation")}</h2>
        <p className="quiet">{t("setup.consolidationWhat")}</p>
        {plan.status !== "draft" && <Overlay plan={plan} />}
        {mayChange && <ConsolidationForm {...form} />}
      </section>
      {plan.status !== "draft" && (
        <section aria-label={t("setup.division")}>
          <h2>2 · {t("setup.division")}</h2>
          <p className="quiet">{t("setup.divisionWhat")}</p>
          {mayChange && <DivisionForm {...form} />}
          {(plan.status === "divided" || plan.status === "published") && <Candidates {...form} mayChoose={mayChange} />}
        </section>
      )}
    </div>
  );
}

function Overlay({ plan }: { plan: Plan }) {
  const { t } = useTranslation("planner");
  const overlay = plan.consolidation?.overlay as Record<string, unknown> | undefined;
  const unowned = plan.consolidation?.ownership?.filter((row) => row.network === "*") ?? [];
  const by = (least: number, most: number) =>
    unowned.filter((row) => row.owners >= least && row.owners <= most).reduce((sum, row) => sum + row.share_area, 0);
  return (
    <dl className="figures">
      <Figure label={t("plans.pieces")} value={number(plan.consolidation?.pieces)} />
      <Figure label={t("setup.ground")} value={ground(overlay?.ground_m2)} />
      <Figure label={t("setup.byNone")} value={share(by(0, 0), 2)} />
      <Figure label={t("setup.byOne")} value={share(by(1, 1), 2)} />
      <Figure label={t("setup.byMany")} value={share(by(2, 99), 2)} />
    </dl>
  );
}

export function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
