import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { TYPES } from "./subscription";

interface Wish {
  url: string;
  types: string[];
  department?: string;
}

/** An address to be told, of what, and for which department. */
export function NewSubscription({ onSecret }: { onSecret: (secret: string) => void }) {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [form] = Form.useForm<Wish>();
  const add = useMutation({
    mutationFn: ({ department = "", ...wish }: Wish) =>
      answer<{ secret: string }>(api.POST("/api/v1/subscriptions", { body: { ...wish, department } })),
    onSuccess: ({ secret }) => {
      form.resetFields();
      onSecret(secret);
      refresh(queries, "subscriptions");
    },
  });
  const needed = [{ required: true, message: t("form.required") }];
  return (
    <>
      <Form
        name="subscription"
        form={form}
        layout="inline"
        initialValues={{ types: ["*"] }}
        onFinish={(wish) => add.mutate(wish)}
      >
        <Form.Item name="url" label={t("subscriptions.address")} rules={needed}>
          <Input type="url" placeholder="https://" autoComplete="off" style={{ width: 280 }} />
        </Form.Item>
        <Form.Item name="types" label={t("subscriptions.types")} rules={needed}>
          <Select
            mode="multiple"
            showSearch={{ optionFilterProp: "label" }}
            style={{ minWidth: 200 }}
            options={TYPES.map((value) => ({
              value,
              label: value === "*" ? t("subscriptions.everything") : value,
            }))}
          />
        </Form.Item>
        <Form.Item name="department" label={t("column.department")}>
          <Input placeholder={t("subscriptions.everybody")} style={{ width: 160 }} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={add.isPending}>
          {t("subscriptions.add")}
        </Button>
      </Form>
      {add.error && <ProblemNotice error={add.error} />}
    </>
  );
}
