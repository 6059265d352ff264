import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Select, Switch, Table, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { moment } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { Loaded } from "@/shared/States";

const ROLES = ["viewer", "operator", "planner", "admin"] as const;
type Role = (typeof ROLES)[number];

interface User {
  name: string;
  role: Role;
  active: boolean;
  has_password: boolean;
  created_at: string;
}

/** People who may sign in; a link lets somebody in without a password. */
export function Users() {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [form] = Form.useForm();
  const users = useQuery({ queryKey: ["users"], queryFn: () => answer<User[]>(api.GET("/api/v1/users")) });
  const end = { onSuccess: () => refresh(queries, "users") };
  const change = useMutation({
    mutationFn: ({ name, ...body }: { name: string; role?: Role; active?: boolean }) =>
      api.PATCH("/api/v1/users/{name}", { params: { path: { name } }, body }),
    ...end,
  });
  const add = useMutation({
    mutationFn: (body: { name: string; role: Role }) => api.POST("/api/v1/users", { body }),
    onSuccess: () => {
      form.resetFields();
      refresh(queries, "users");
    },
  });
  const link = useMutation({
    mutationFn: (name: string) =>
      answer<{ user: string; url: string }>(api.POST("/api/v1/users/{name}/links", { params: { path: { name } } })),
  });
  const error = change.error ?? add.error ?? link.error;
  const roles = ROLES.map((value) => ({ value, label: t(`role.${value}`) }));
  return (
    <>
      <Form
        name="user"
        form={form}
        layout="inline"
        initialValues={{ role: "viewer" }}
        onFinish={(body) => add.mutate(body)}
      >
        <Form.Item name="name" label={t("access.name")} rules={[{ required: true, message: t("form.required") }]}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="role" label={t("access.role")}>
          <Select style={{ width: 120 }} options={roles} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={add.isPending}>
          {t("access.add")}
        </Button>
      </Form>
      {error && <ProblemNotice error={error} />}
      {link.data && (
        <Alert
          type="success"
          title={t("access.link", { name: link.data.user })}
          description={<Typography.Text copyable>{link.data.url}</Typography.Text>}
        />
      )}
      <Loaded of={users}>
        {(found) => (
          <Table
            rowKey="name"
            size="small"
            style={{ marginTop: 12 }}
            pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
            dataSource={found}
            columns={[
              { title: t("access.name"), dataIndex: "name" },
              {
                title: t("access.role"),
                render: (_, user) => (
                  <Select
                    aria-label={t("access.roleOf", { name: user.name })}
                    value={user.role}
                    style={{ width: 120 }}
                    options={roles}
                    onChange={(role) => change.mutate({ name: user.name, role })}
                  />
                ),
              },
              {
                title: t("access.active"),
                render: (_, user) => (
                  <Switch
                    aria-label={t("access.activeOf", { name: user.name })}
                    checked={user.active}
                    onChange={(active) => change.mutate({ name: user.name, active })}
                  />
                ),
              },
              { title: t("access.since"), render: (_, user) => moment(user.created_at) },
              {
                title: "",
                render: (_, user) => (
                  <Button size="small" disabled={!user.active} onClick={() => link.mutate(user.name)}>
                    {t("access.makeLink")}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
