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
    </div>
  );
}

function Offices({ departments }: { departments: Department[] }) {
  const branches = useMemo(() => tree(departments, null), [departments]);
  return <Tree key={departments.length} treeData={branches} defaultExpandAll selectable={false} />;
}

function tree(departments: Department[], parent: string | null): Branch[] {
  return departments
    .filter((each) => each.parent === parent)
    .map((each) => ({
      key: each.code,
      title: [each.name, each.code, each.line].filter(Boolean).join(" · "),
      disabled: each.retired_at !== null,
      children: tree(departments, each.code),
    }));
}
