import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { useSession } from "@/shared/session";
import { KINDS, type Kind } from "./object";

interface Wish {
  kind: Kind;
  id: string;
  name?: string;
  owner?: string;
}

/** Put something under watch, or give it another name. */
export function AddObject() {
  const { t } = useTranslation("operator");
  const { can } = useSession();
  const queries = useQueryClient();
  const [form] = Form.useForm<Wish>();
  const add = useMutation({
    mutationFn: ({ kind, id, name = "", owner = "" }: Wish) =>
      answer(api.PUT("/api/v1/objects", { body: { key: `${kind}:${id.trim()}`, name, owner } })),
    onSuccess: () => {
      form.resetFields();
      refresh(queries, "objects");
    },
  });
  const needed = [{ required: true, message: t("form.required") }];
  return (
    <Form
      form={form}
      name="object"
      layout="vertical"
      initialValues={{ kind: "business" }}
      onFinish={(wish) => add.mutate(wish)}
    >
      <Form.Item name="kind" label={t("objects.kind")} rules={needed}>
        <Select options={KINDS.map((value) => ({ value, label: t(`objects.kinds.${value}`) }))} />
      </Form.Item>
      <Form.Item name="id" label={t("objects.id")} rules={needed}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="name" label={t("objects.name")}>
        <Input maxLength={200} />
      </Form.Item>
      {can("admin") && (
        <Form.Item name="owner" label={t("objects.owner")} extra={t("objects.ownerWhat")}>
          <Input maxLength={200} />
        </Form.Item>
      )}
      {add.error && <ProblemNotice error={add.error} />}
      <Button type="primary" htmlType="submit" loading={add.isPending}>
        {t("save")}
      </Button>
    </Form>
  );
}
