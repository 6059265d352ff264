import { useMutation } from "@tanstack/react-query";
import { Button, Form, InputNumber } from "antd";
import { useTranslation } from "react-i18next";
import type { Run } from "@/shared/api/answers";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import type { Plan } from "../plan";

export interface StepProps {
  plan: Plan;
  isBusy: boolean;
  onStart: (run: Run) => void;
}

interface Fields {
  sliver_area?: number | null;
  sliver_width?: number | null;
  conflate?: number | null;
}

/** When a left-over counts as a sliver, and how far apart borders may be that mean the same line. */
export function ConsolidationForm({ plan, isBusy, onStart }: StepProps) {
  const { t } = useTranslation("planner");
  const start = useMutation({
    mutationFn: (fields: Fields) =>
      answer<Run>(
        api.POST("/api/v1/plans/{plan_id}/consolidate", {
          params: { path: { plan_id: plan.id } },
          body: { ...fields, quantities: [] },
        }),
      ),
    onSuccess: onStart,
  });
  const field = (name: keyof Fields, unit: string, shown: string) => (
    <Form.Item name={name} label={t(`setup.${name}`)} tooltip={t(`setup.${name}What`)}>
      <InputNumber min={0} placeholder={shown} suffix={unit} style={{ width: 160 }} />
    </Form.Item>
  );
  return (
    <Form<Fields> layout="vertical" size="small" onFinish={(fields) => start.mutate(fields)}>
      <div className="row">
        {field("sliver_area", "m²", "10")}
        {field("sliver_width", "m", "0.5")}
        {field("conflate", "m", t("setup.off"))}
        <Button
          type={plan.status === "draft" ? "primary" : "default"}
          htmlType="submit"
          loading={isBusy || start.isPending}
        >
          {plan.status === "draft" ? t("setup.consolidate") : t("setup.consolidateAgain")}
        </Button>
      </div>
      {start.error && <ProblemNotice error={start.error} />}
    </Form>
  );
}
