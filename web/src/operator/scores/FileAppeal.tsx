import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Input, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";

interface FileAppealProps {
  score: number;
  event: number;
  against: string;
  onClose: () => void;
}

/** An objection to what a score counts of a case. */
export function FileAppeal({ score, event, against, onClose }: FileAppealProps) {
  const { t } = useTranslation("operator");
  const queries = useQueryClient();
  const [form] = Form.useForm<{ reason: string }>();
  const file = useMutation({
    mutationFn: ({ reason }: { reason: string }) =>
      answer(api.POST("/api/v1/appeals", { body: { score, event, against, reason } })),
    onSuccess: () => {
      refresh(queries, "appeals");
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t("scores.appealOf", { event, rule: against })}
      okText={t("scores.appeal")}
      confirmLoading={file.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form form={form} name="appeal" layout="vertical" onFinish={(wish) => file.mutate(wish)}>
        <Form.Item name="reason" label={t("scores.reason")} rules={[{ required: true, message: t("form.required") }]}>
          <Input.TextArea autoSize={{ minRows: 3 }} maxLength={10_000} />
        </Form.Item>
      </Form>
      {file.error && <ProblemNotice error={file.error} />}
    </Modal>
  );
}
