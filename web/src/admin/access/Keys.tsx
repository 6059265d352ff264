import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Popconfirm, Select, Table, Tag, Typography } from "antd";
import { useTranslation } from "react-i18next";
import type { Scope } from "@/shared/api/answers";
import { answer, api } from "@/shared/api/client";
import { moment } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { Loaded } from "@/shared/States";

const SCOPES: Scope[] = ["lookup", "events", "plan", "admin"];

interface Key {
  name: string;
  prefix: string;
  scopes: Scope[];
  created_by: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}

/** Keys of machines: shown once when they are made, revoked for good. */
export function Keys() {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [form] = Form.useForm();
  const keys = useQuery({ queryKey: ["keys"], queryFn: () => answer<Key[]>(api.GET("/api/v1/keys")) });
  const add = useMutation({
    mutationFn: (body: { name: string; scopes: Scope[] }) =>
      answer<{ name: string; key: string }>(api.POST("/api/v1/keys", { body })),
    onSuccess: () => {
      form.resetFields();
      refresh(queries, "keys");
    },
  });
  const revoke = useMutation({
    mutationFn: (name: string) => api.DELETE("/api/v1/keys/{name}", { params: { path: { name } } }),
    onSuccess: () => refresh(queries, "keys"),
  });
  const error = add.error ?? revoke.error;
  const needed = [{ required: true, message: t("form.required") }];
  return (
    <>
      <Form
        name="key"
        form={form}
        layout="inline"
        initialValues={{ scopes: ["lookup"] }}
        onFinish={(body) => add.mutate(body)}
      >
        <Form.Item name="name" label={t("access.for")} rules={needed}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="scopes" label={t("access.scopes")} rules={needed}>
          <Select
            mode="multiple"
            style={{ minWidth: 200 }}
            options={SCOPES.map((value) => ({ value, label: t(`scope.${value}`) }))}
          />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={add.isPending}>
          {t("access.makeKey")}
        </Button>
      </Form>
      {error && <ProblemNotice error={error} />}
      {add.data && (
        <Alert
          type="warning"
          title={t("access.once")}
          description={<Typography.Text copyable>{add.data.key}</Typography.Text>}
        />
      )}
      <Loaded of={keys} empty={t("access.noKeys")}>
        {(found) => (
          <Table
            rowKey="name"
            size="small"
            style={{ marginTop: 12 }}
            pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
            scroll={{ x: "max-content" }}
            dataSource={found}
            columns={[
              { title: t("access.for"), dataIndex: "name" },
              { title: t("access.prefix"), render: (_, key) => `og_${key.prefix}…` },
              {
                title: t("access.scopes"),
                render: (_, key) => key.scopes.map((each) => <Tag key={each}>{t(`scope.${each}`)}</Tag>),
              },
              { title: t("access.since"), render: (_, key) => `${moment(key.created_at)} · ${key.created_by}` },
              { title: t("access.until"), render: (_, key) => moment(key.expires_at) },
              {
                title: "",
                render: (_, key) =>
                  key.revoked_at ? (
                    <Tag color="red">{t("access.revoked", { at: moment(key.revoked_at) })}</Tag>
                  ) : (
                    <Popconfirm title={t("access.sure", { name: key.name })} onConfirm={() => revoke.mutate(key.name)}>
                      <Button size="small" danger>
                        {t("access.revoke")}
                      </Button>
                    </Popconfirm>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
