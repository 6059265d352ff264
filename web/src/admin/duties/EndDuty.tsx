import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, DatePicker, Form, Modal } from "antd";
import type { Dayjs } from "dayjs";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import type { Duty } from "./duty";

/** A line is withdrawn from a day on, which may be past or to come; it stays on record. */
export function EndDuty({ duty, onClose }: { duty: Duty; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: ({ at }: { at?: Dayjs }) =>
      answer(
        api.POST("/api/v1/duties/{number}/end", {
          params: { path: { number: duty.number } },
          body: { at: at?.toISOString() ?? null },
        }),
      ),
    onSuccess: () => {
      refresh(queries, "duties");
      onClose();
    },
  });
  return (
    <Modal open title={t("duties.endLine", { number: duty.number })} footer={null} onCancel={onClose}>
      <p>
        {duty.code} · {duty.scope} · {duty.lead}
      </p>
      <Form name="end-duty" layout="vertical" onFinish={(wish: { at?: Dayjs }) => end.mutate(wish)}>
        <Form.Item name="at" label={t("duties.until")} extra={t("duties.untilWhat")}>
          <DatePicker />
        </Form.Item>
        {end.error && <ProblemNotice error={end.error} />}
        <Button danger type="primary" htmlType="submit" loading={end.isPending}>
          {t("duties.withdraw")}
        </Button>
      </Form>
    </Modal>
  );
}
