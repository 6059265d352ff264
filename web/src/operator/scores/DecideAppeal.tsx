import { useMutation, useQueryClient } from "@tanstack/react-query";
import { DatePicker, Form, Input, Modal, Radio, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { useDefinitions } from "@/shared/scores/definitions";
import type { Appeal } from "./score";

type Outcome = "upheld" | "refused" | "withdrawn";

interface Wish {
  outcome: Outcome;
  reason: string;
  exclude?: string[];
  due_at?: Dayjs;
}

interface DecideAppealProps {
  appeal: Appeal;
  outcomes: readonly Outcome[];
  onClose: () => void;
}

/** The end of an appeal: upheld, it changes the case, and the scores are told again; no number is written by hand. */
export function DecideAppeal({ appeal, outcomes, onClose }: DecideAppealProps) {
  const { t } = useTranslation("operator");
  const queries = useQueryClient();
  const definitions = useDefinitions();
  const [form] = Form.useForm<Wish>();
  const outcome = Form.useWatch("outcome", form);
  const decide = useMutation({
    mutationFn: ({ exclude = [], due_at, ...wish }: Wish) =>
      answer(
        api.POST("/api/v1/appeals/{appeal_id}/decision", {
          params: { path: { appeal_id: appeal.id } },
          body: { ...wish, exclude, ...(due_at ? { due_at: due_at.toISOString() } : {}) },
        }),
      ),
    onSuccess: () => {
      refresh(queries, "appeals", "scores", "cases");
      onClose();
    },
  });
  const needed = [{ required: true, message: t("form.required") }];
  const groups = ["all", ...(definitions.data?.groups ?? [])];
  return (
    <Modal
      open
      title={t("appeals.decideOf", { id: appeal.id })}
      okText={t("appeals.decide")}
      confirmLoading={decide.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p>{appeal.reason}</p>
      <Form
        form={form}
        name="appeal-decision"
        layout="vertical"
        initialValues={{ outcome: outcomes[0] }}
        onFinish={(wish) => decide.mutate(wish)}
      >
        <Form.Item name="outcome" label={t("appeals.state")} rules={needed}>
          <Radio.Group options={outcomes.map((value) => ({ value, label: t(`appeals.is.${value}`) }))} />
        </Form.Item>
        {outcome === "upheld" && (
          <>
            <Form.Item name="exclude" label={t("appeals.exclude")} extra={t("appeals.excludeWhat")}>
              <Select
                mode="multiple"
                showSearch={{ optionFilterProp: "label" }}
                options={groups.map((value) => ({ value, label: t(`group.${value}`, { defaultValue: value }) }))}
              />
            </Form.Item>
            <Form.Item name="due_at" label={t("appeals.due")}>
              <DatePicker showTime />
            </Form.Item>
          </>
        )}
        <Form.Item name="reason" label={t("scores.reason")} rules={needed}>
          <Input.TextArea autoSize={{ minRows: 2 }} maxLength={10_000} />
        </Form.Item>
      </Form>
      {decide.error && <ProblemNotice error={decide.error} />}
    </Modal>
  );
}
