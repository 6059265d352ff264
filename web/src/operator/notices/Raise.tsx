import { useMutation, useQueryClient } from "@tanstack/react-query";
import { AutoComplete, Button, Form, Input } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { type Notice, subjects } from "./notice";

const OFFERED = 50;

interface Wish {
  about?: string;
  reason: string;
}

/** Object to a notice, or to one grid, matter or case of it. */
export function Raise({ notice }: { notice: Notice }) {
  const { t } = useTranslation("operator");
  const queries = useQueryClient();
  const [form] = Form.useForm<Wish>();
  const known = useMemo(() => subjects(notice).map((value) => ({ value })), [notice]);
  const raise = useMutation({
    mutationFn: ({ about = "", reason }: Wish) =>
      answer(
        api.POST("/api/v1/notices/{notice_id}/objections", {
          params: { path: { notice_id: notice.id } },
          body: { about, reason },
        }),
      ),
    onSuccess: () => {
      form.resetFields();
      refresh(queries, "notices");
    },
  });
  return (
    <Form
      form={form}
      name="objection"
      layout="vertical"
      onFinish={(wish) => raise.mutate(wish)}
      style={{ maxWidth: 640 }}
    >
      <h3>{t("notices.raise")}</h3>
      <Form.Item name="about" label={t("notices.about")} extra={t("notices.aboutWhat")}>
        <AutoComplete
          options={known.slice(0, OFFERED)}
          showSearch={{ filterOption: (text, option) => option?.value.includes(text) ?? false }}
          maxLength={200}
        />
      </Form.Item>
      <Form.Item name="reason" label={t("scores.reason")} rules={[{ required: true, message: t("form.required") }]}>
        <Input.TextArea autoSize={{ minRows: 2 }} maxLength={10_000} />
      </Form.Item>
      {raise.error && <ProblemNotice error={raise.error} />}
      <Button type="primary" htmlType="submit" loading={raise.isPending}>
        {t("notices.raise")}
      </Button>
    </Form>
  );
}
