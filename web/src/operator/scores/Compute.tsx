import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Run } from "@/shared/api/answers";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { RunProgress, useRun } from "@/shared/runs";
import { useSession } from "@/shared/session";
import { isOver } from "./periods";

/** Tell the scores of an ended period; for admins. */
export function Compute({ period }: { period: string }) {
  const { t } = useTranslation("operator");
  const { can } = useSession();
  const queries = useQueryClient();
  const [started, setStarted] = useState<Run | null>(null);
  const run = useRun(started, () => refresh(queries, "scores"));
  const compute = useMutation({
    mutationFn: () => answer<Run>(api.POST("/api/v1/scores", { body: { period, cause: "" } })),
    onSuccess: setStarted,
  });
  if (!can("admin") || !isOver(period, dayjs())) return null;
  return (
    <>
      <Button size="small" loading={compute.isPending} disabled={run !== null} onClick={() => compute.mutate()}>
        {t("scores.compute")}
      </Button>
      {compute.error && <ProblemNotice error={compute.error} />}
      {run && <RunProgress run={run} />}
    </>
  );
}
