import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, DatePicker, Form, Input } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { moment } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import type { Plan } from "../plan";
import type { Consultation } from "./comment";

interface Wish {
  until: Dayjs;
  words?: string;
}

/** Open the plan for comment until a day, change that, or take no more comments. */
export function OpenForm({ plan, consultation }: { plan: Plan; consultation: Consultation | null }) {
  const { t } = useTranslation("planner");
  const queries = useQueryClient();
  const params = { path: { plan_id: plan.id } };
  const onSuccess = () => refresh(queries, "plan");
  const open = useMutation({
    mutationFn: ({ until, words }: Wish) =>
      answer(
        api.PUT("/api/v1/plans/{plan_id}/consultation", {
          params,
          body: { until: until.toISOString(), words: words ?? "" },
        }),
      ),
    onSuccess,
  });
  const end = useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/plans/{plan_id}/consultation", { params })),
    onSuccess,
  });
  const isOpen = consultation?.is_open ?? false;
  const until = isOpen ? dayjs(consultation?.closes_at) : dayjs().add(14, "day").endOf("day");
  const error = open.error ?? end.error;
  return (
    <Form
      name="consultation"
      layout="vertical"
      initialValues={{ until, words: consultation?.words ?? "" }}
      onFinish={(wish: Wish) => open.mutate(wish)}
    >
      {isOpen ? (
        <>
          <Alert type="success" showIcon title={t("consultation.open", { at: moment(consultation?.closes_at) })} />
          <p>
            <a href={`/public/plans/${plan.id}`}>{t("consultation.look")}</a>
          </p>
        </>
      ) : (
        <p className="quiet">{t("consultation.what")}</p>
      )}
      <Form.Item name="until" label={t("consultation.until")} rules={[{ required: true, message: t("form.required") }]}>
        <DatePicker showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" minDate={dayjs()} />
      </Form.Item>
      <Form.Item name="words" label={t("consultation.words")}>
        <Input.TextArea maxLength={2000} autoSize={{ minRows: 2 }} />
      </Form.Item>
      {error && <ProblemNotice error={error} />}
      <div className="row">
        <Button type="primary" htmlType="submit" loading={open.isPending} disabled={plan.status === "published"}>
          {t(isOpen ? "consultation.change" : "consultation.start")}
        </Button>
        {isOpen && (
          <Button danger loading={end.isPending} onClick={() => end.mutate()}>
            {t("consultation.end")}
          </Button>
        )}
      </div>
    </Form>
  );
}
