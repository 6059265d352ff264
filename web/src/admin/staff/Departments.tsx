import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Select, Tree } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { Loaded } from "@/shared/States";

interface Department {
  code: string;
  name: string;
  line: string | null;
  parent: string | null;
  contact: string | null;
  retired_at: string | null;
}

interface Branch {
  key: string;
  title: string;
  disabled: boolean;
  children: Branch[];
}

/** Offices in their tree, and a form for one more. */
export function Departments() {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [form] = Form.useForm();
  const departments = useQuery({
    queryKey: ["departments"],
    queryFn: () => answer<Department[]>(api.GET("/api/v1/departments")),
  });
  const add = useMutation({
    mutationFn: (body: { code: string; name: string; parent?: string }) => api.POST("/api/v1/departments", { body }),
    onSuccess: () => {
      form.resetFields();
      refresh(queries, "departments");
    },
  });
  const needed = [{ required: true, message: t("form.required") }];
  return (
    <div className="halves">
      <Loaded of={departments} empty={t("staff.noDepartments")}>
        {(found) => <Offices departments={found} />}
      </Loaded>
      <div>
        <Form name="department" form={form} layout="vertical" onFinish={(body) => add.mutate(body)}>
          <h2>{t("staff.addDepartment")}</h2>
          <Form.Item name="code" label={t("column.code")} rules={needed}>
            <Input />
          </Form.Item>
          <Form.Item name="name" label={t("column.name")} rules={needed}>
            <Input />
          </Form.Item>
          <Form.Item name="parent" label={t("staff.above")}>
            <Select
              allowClear
              options={(departments.data ?? []).map((each) => ({
                value: each.code,
                label: `${each.name} (${each.code})`,
              }))}
            />
          </Form.Item>
          {add.error && <ProblemNotice error={add.error} />}
          <Button type="primary" htmlType="submit" loading={add.isPending}>
            {t("save")}
          </Button>
        </Form>
        <Contact departments={(departments.data ?? []).filter((each) => each.retired_at === null)} />
      </div>
    </div>
  );
}

/** How residents reach an office: its own telephone or address, never a person's. */
function Contact({ departments }: { departments: Department[] }) {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [form] = Form.useForm<{ code: string; contact?: string }>();
  const save = useMutation({
    mutationFn: ({ code, contact }: { code: string; contact?: string }) =>
      api.PATCH("/api/v1/departments/{code}", { params: { path: { code } }, body: { contact: contact ?? "" } }),
    onSuccess: () => {
      form.resetFields();
      refresh(queries, "departments");
    },
  });
  const show = (code: string) =>
    form.setFieldValue("contact", departments.find((each) => each.code === code)?.contact ?? "");
  return (
    <Form name="contact" form={form} layout="vertical" onFinish={(wish) => save.mutate(wish)}>
      <h2>{t("staff.publicContact")}</h2>
      <Form.Item name="code" label={t("staff.department")} rules={[{ required: true, message: t("form.required") }]}>
        <Select
          onChange={show}
          options={departments.map(({ code, name }) => ({ value: code, label: `${name} (${code})` }))}
        />
      </Form.Item>
      <Form.Item name="contact" label={t("staff.contact")} extra={t("staff.contactIsPublic")}>
        <Input maxLength={200} />
      </Form.Item>
      {save.error && <ProblemNotice error={save.error} />}
      <Button htmlType="submit" loading={save.isPending}>
        {t("staff.saveContact")}
      </Button>
    </Form>
  );
}

function Offices({ departments }: { departments: Department[] }) {
  const { t } = useTranslation("admin");
  const lines = useQuery({
    queryKey: ["departments", "lines"],
    queryFn: () => answer<{ code: string; name: string }[]>(api.GET("/api/v1/departments/lines")),
  }).data;
  const branches = useMemo(() => {
    const names = new Map((lines ?? []).map(({ code, name }) => [code, name]));
    const lineName = (code: string | null) => code && t(`line.${code}`, { defaultValue: names.get(code) ?? code });
    return tree(departments, null, lineName);
  }, [departments, lines, t]);
  return <Tree key={departments.length} treeData={branches} defaultExpandAll selectable={false} />;
}

type LineName = (code: string | null) => string | null;

function tree(departments: Department[], parent: string | null, lineName: LineName): Branch[] {
  return departments
    .filter((each) => each.parent === parent)
    .map((each) => ({
      key: each.code,
      title: [...new Set([each.name, each.code, lineName(each.line), each.contact])].filter(Boolean).join(" · "),
      disabled: each.retired_at !== null,
      children: tree(departments, each.code, lineName),
    }));
}
