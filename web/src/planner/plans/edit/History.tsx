import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Collapse, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { moment } from "@/shared/format";
import type { Plan } from "../plan";

interface Step {
  id: number;
  version: number;
  action: string;
  edit: { do: string } | null;
  grids: string[];
  undone: boolean;
  by: string;
  at: string;
}

/** Who did what when, newest first. */
export function History({ plan, version }: { plan: Plan; version: number }) {
  const { t } = useTranslation("planner");
  const [isOpen, setOpen] = useState(false);
  const steps = useQuery({
    queryKey: ["plan", plan.id, "edits", version],
    queryFn: () =>
      answer<Step[]>(
        api.GET("/api/v1/plans/{plan_id}/edits", { params: { path: { plan_id: plan.id }, query: { limit: 50 } } }),
      ),
    enabled: isOpen,
    placeholderData: keepPreviousData,
  });
  const list = (
    <ul className="plain">
      {(steps.data ?? []).map((step) => (
        <li key={step.id}>
          <Tag>
            {step.action === "edit"
              ? t(`edit.did.${step.edit?.do}`, { defaultValue: step.edit?.do ?? "" })
              : t(`edit.${step.action}`, { defaultValue: step.action })}
          </Tag>
          {step.undone && <Tag>{t("edit.undone")}</Tag>} {step.grids.slice(0, 3).join(" · ")}
          <div className="quiet">
            {moment(step.at)} · {step.by}
          </div>
        </li>
      ))}
    </ul>
  );
  return (
    <Collapse
      size="small"
      ghost
      onChange={(keys) => setOpen(keys.length > 0)}
      items={[{ key: "history", label: t("edit.history"), children: list }]}
    />
  );
}
