import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, DatePicker, Form, Input, Steps } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Run } from "@/shared/api/answers";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { RunProgress, useRun } from "@/shared/runs";
import type { Plan } from "../plan";
import { CheckStep } from "./CheckStep";
import { MatrixStep } from "./MatrixStep";
import { NoticeStep } from "./NoticeStep";
import { TransferStep } from "./TransferStep";

const STEPS = ["checks", "matrix", "staff", "notices", "date"] as const;

/** Publishing step by step: rules, the matrix of duties, staff, notice to departments, and the day. */
export default function PublishTab({ plan }: { plan: Plan }) {
  const { t } = useTranslation("planner");
  const [step, setStep] = useState(0);
  const [validFrom, setValidFrom] = useState<Dayjs>(dayjs().add(1, "day").startOf("day"));
  if (plan.status === "published")
    return (
      <div className="sheet">
        <h1>{t("publish.title")}</h1>
        <Alert
          type="success"
          showIcon
          title={t("publish.isPublished")}
          action={<Link to="/networks">{t("target.look")}</Link>}
        />
      </div>
    );
  const name = STEPS[step] ?? "checks";
  return (
    <div className="sheet">
      <h1>{t("publish.title")}</h1>
      <Steps current={step} onChange={setStep} items={STEPS.map((one) => ({ title: t(`publish.step.${one}`) }))} />
      <section className="step" aria-label={t(`publish.step.${name}`)}>
        <p className="quiet">{t(`publish.what.${name}`)}</p>
        {name === "checks" && <CheckStep plan={plan} />}
        {name === "matrix" && <MatrixStep plan={plan} />}
        {name === "staff" && <TransferStep plan={plan} />}
        {name === "notices" && <NoticeStep plan={plan} validFrom={validFrom} onValidFrom={setValidFrom} />}
        {name === "date" && <DateStep plan={plan} validFrom={validFrom} onValidFrom={setValidFrom} />}
      </section>
      <div className="row">
        <Button disabled={step === 0} onClick={() => setStep(step - 1)}>
          {t("back")}
        </Button>
        {step < STEPS.length - 1 && (
          <Button type="primary" onClick={() => setStep(step + 1)}>
            {t("next")}
          </Button>
        )}
      </div>
    </div>
  );
}

interface DateStepProps {
  plan: Plan;
  validFrom: Dayjs;
  onValidFrom: (day: Dayjs) => void;
}

function DateStep({ plan, validFrom, onValidFrom }: DateStepProps) {
  const { t } = useTranslation("planner");
  const queries = useQueryClient();
  const [started, setStarted] = useState<Run | null>(null);
  const run = useRun(started, (ended) => {
    if (ended.status === "succeeded") refresh(queries, "plans", "networks", "ground");
  });
  const publish = useMutation({
    mutationFn: ({ excuse }: { excuse?: string }) =>
      answer<Run>(
        api.POST("/api/v1/plans/{plan_id}/publish", {
          params: { path: { plan_id: plan.id } },
          body: { valid_from: validFrom.format("YYYY-MM-DD"), excuse: excuse ?? "" },
        }),
      ),
    onSuccess: setStarted,
  });
  const isBusy = publish.isPending || (run !== null && (run.status === "queued" || run.status === "running"));
  return (
    <Form name="publication" layout="vertical" onFinish={(fields) => publish.mutate(fields)}>
      <Form.Item label={t("target.validFrom")} htmlFor="publish-date">
        <DatePicker
          id="publish-date"
          value={validFrom}
          allowClear={false}
          onChange={(day) => day && onValidFrom(day)}
        />
      </Form.Item>
      <Form.Item name="excuse" label={t("publish.excuse")} extra={t("publish.excuseWhat")}>
        <Input.TextArea autoSize={{ minRows: 2 }} />
      </Form.Item>
      {publish.error && <ProblemNotice error={publish.error} />}
      {run && <RunProgress run={run} />}
      <Button type="primary" htmlType="submit" loading={isBusy}>
        {t("publish.publish", { day: validFrom.format("YYYY-MM-DD") })}
      </Button>
    </Form>
  );
}
