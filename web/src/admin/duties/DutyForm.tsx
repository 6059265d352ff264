import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, DatePicker, Form, Input, Modal, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { type Duty, type NewDuty, startOf } from "./duty";

type Wish = Omit<NewDuty, "valid_from"> & { valid_from?: Dayjs };
const TEXTS = ["lead", "assistants", "role", "limits", "hours", "closing", "basis"] as const;

/** A new duty line, or another version of one from a day on: what held before stays on record. */
export function DutyForm({ duty, onClose }: { duty: Duty | null; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const put = useMutation({
    mutationFn: ({ valid_from, ...wish }: Wish) => {
      const body = { ...startOf(duty), ...wish, valid_from: valid_from?.toISOString() ?? null };
      return answer(api.POST("/api/v1/duties", { body: body as NewDuty }));
    },
    onSuccess: () => {
      refresh(queries, "duties");
      onClose();
    },
  });
  const needed = [{ required: true, message: t("form.required") }];
  return (
    <Modal
      open
      title={duty ? t("duties.changeLine", { number: duty.number }) : t("duties.newLine")}
      footer={null}
      onCancel={onClose}
    >
      <Form name="duty" layout="vertical" initialValues={startOf(duty)} onFinish={(wish: Wish) => put.mutate(wish)}>
        <div className="row">
          <Form.Item name="kind" label={t("duties.kind")} rules={needed}>
            <Select
              style={{ minWidth: 120 }}
              disabled={duty !== null}
              options={["matter", "component"].map((value) => ({ value, label: t(`duties.kinds.${value}`) }))}
            />
          </Form.Item>
          <Form.Item name="code" label={t("column.code")} extra={t("duties.codeWhat")} rules={needed}>
            <Input maxLength={20} />
          </Form.Item>
        </div>
        <Form.Item name="scope" label={t("column.scope")} extra={t("duties.scopeWhat")} rules={needed}>
          <Input />
        </Form.Item>
        {TEXTS.map((name) => (
          <Form.Item key={name} name={name} label={t(`duties.field.${name}`)} extra={t(`duties.what.${name}`)}>
            <Input />
          </Form.Item>
        ))}
        <Form.Item name="replaces" valuePropName="checked">
          <Checkbox>{t("duties.replaces")}</Checkbox>
        </Form.Item>
        <Form.Item name="valid_from" label={t("duties.from")} extra={t("duties.fromWhat")}>
          <DatePicker />
        </Form.Item>
        {put.error && <ProblemNotice error={put.error} />}
        <Button type="primary" htmlType="submit" loading={put.isPending}>
          {t("save")}
        </Button>
      </Form>
    </Modal>
  );
}
