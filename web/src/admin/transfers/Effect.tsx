import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answer, api } from "@/shared/api/client";
import { moment } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { useSession } from "@/shared/session";
import type { PlanBrief } from "./queries";
import type { Proposals } from "./transfer";

/** When the decisions hold: with the plan's publication, by hand after it, and taken back before that day. */
export function Effect({ plan, proposals }: { plan: PlanBrief; proposals: Proposals }) {
  const { t } = useTranslation("admin");
  const { can } = useSession();
  const queries = useQueryClient();
  const params = { path: { plan_id: plan.id } };
  const onSuccess = () => refresh(queries, "transfers", "staff", "posts");
  const apply = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/staff/transfers/{plan_id}/effect", { params, body: {} })),
    onSuccess,
  });
  const undo = useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/staff/transfers/{plan_id}/effect", { params })),
    onSuccess,
  });
  const error = apply.error ?? undo.error;
  const from = { at: moment(proposals.valid_from), by: proposals.applied_by };
  const isDecided = proposals.accepted + proposals.leaves > 0;
  return (
    <>
      {error && <ProblemNotice error={error} />}
      {proposals.status === "applied" && (
        <Alert
          type="success"
          showIcon
          title={t("transfers.applied", from)}
          action={
            can("admin") &&
            proposals.valid_from !== null &&
            new Date(proposals.valid_from) > new Date() && (
              <Popconfirm title={t("transfers.sureUndo")} onConfirm={() => undo.mutate()}>
                <Button loading={undo.isPending}>{t("transfers.undo")}</Button>
              </Popconfirm>
            )
          }
        />
      )}
      {proposals.status === "undone" && <Alert type="info" showIcon title={t("transfers.undone")} />}
      {proposals.status === "open" && plan.status === "published" && can("admin") && (
        <Popconfirm title={t("transfers.sureApply")} onConfirm={() => apply.mutate()}>
          <Button disabled={!isDecided} loading={apply.isPending}>
            {t("transfers.apply")}
          </Button>
        </Popconfirm>
      )}
      {proposals.status === "open" && plan.status !== "published" && (
        <p className="quiet">
          {t("transfers.withEdition")}{" "}
          {can("plan") && <Link to={`/plans/${plan.id}/publish`}>{t("transfers.toPublish")}</Link>}
        </p>
      )}
    </>
  );
}
