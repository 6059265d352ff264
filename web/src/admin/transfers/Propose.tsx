import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Run } from "@/shared/api/answers";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { hasEnded, RunProgress, useRun } from "@/shared/runs";
import { type PlanBrief, usePropose } from "./queries";

/** Make proposals, or make them anew: decisions on the earlier ones go with them. */
export function Propose({ plan, again = false }: { plan: PlanBrief; again?: boolean }) {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [started, setStarted] = useState<Run | null>(null);
  const run = useRun(started, () => refresh(queries, "transfers"));
  const propose = usePropose(plan.id, setStarted);
  const isBusy = propose.isPending || (run !== null && !hasEnded(run));
  return (
    <div>
      <Button type="primary" loading={isBusy} onClick={() => propose.mutate(undefined)}>
        {t(again ? "transfers.proposeAgain" : "transfers.propose")}
      </Button>
      {propose.error && <ProblemNotice error={propose.error} />}
      {run && <RunProgress run={run} />}
    </div>
  );
}
