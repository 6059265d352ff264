import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Select, Table } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { RowActions } from "./RowActions";

const COUNTS = ["cases", "overdue", "reworks", "quiet"] as const;
type Counts = (typeof COUNTS)[number];

interface Rule {
  code: string;
  counts: Counts;
  number: number;
  days: number;
  matter: string;
}

/** What lifts the level of an object (三色预警) and what lets it down; each rule speaks from when it was put. */
export function LevelRules() {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [form] = Form.useForm<Rule>();
  const counts = Form.useWatch("counts", form);
  const rules = useQuery({
    queryKey: ["objects", "rules"],
    queryFn: () => answer<Rule[]>(api.GET("/api/v1/objects/rules")),
  });
  const onSuccess = () => {
    form.resetFields();
    refresh(queries, "objects");
  };
  const put = useMutation({
    mutationFn: ({ code, counts, number = 0, days, matter = "" }: Rule) =>
      answer(
        api.PUT("/api/v1/objects/rules/{code}", {
          params: { path: { code: code.trim() } },
          body: { direction: counts === "quiet" ? "down" : "up", counts, number, days, matter },
        }),
      ),
    onSuccess,
  });
  const end = useMutation({
    mutationFn: (code: string) => answer(api.DELETE("/api/v1/objects/rules/{code}", { params: { path: { code } } })),
    onSuccess,
  });
  const needed = [{ required: true, message: t("form.required") }];
  const error = put.error ?? end.error;
  return (
    <>
      <p className="quiet">{t("levels.what")}</p>
      <Form
        name="level-rule"
        form={form}
        layout="inline"
        initialValues={{ counts: "cases" }}
        onFinish={(rule) => put.mutate(rule)}
      >
        <Form.Item name="code" label={t("column.code")} rules={needed}>
          <Input maxLength={40} style={{ width: 120 }} />
        </Form.Item>
        <Form.Item name="counts" label={t("levels.counts")} rules={needed}>
          <Select style={{ width: 140 }} options={COUNTS.map((value) => ({ value, label: t(`levels.of.${value}`) }))} />
        </Form.Item>
        {counts !== "quiet" && (
          <Form.Item name="number" label={t("levels.number")} rules={needed}>
            <InputNumber min={1} />
          </Form.Item>
        )}
        <Form.Item name="days" label={t("levels.days")} rules={needed}>
          <InputNumber min={1} max={3660} />
        </Form.Item>
        <Form.Item name="matter" label={t("column.matter")}>
          <Input maxLength={20} placeholder={t("levels.all")} style={{ width: 110 }} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={put.isPending}>
          {t("save")}
        </Button>
      </Form>
      {error && <ProblemNotice error={error} />}
      <Loaded of={rules}>
        {(found) => (
          <Table
            rowKey="code"
            size="small"
            locale={{ emptyText: t("levels.none") }}
            pagination={false}
            dataSource={found}
            columns={[
              { title: t("column.code"), dataIndex: "code" },
              { title: t("levels.counts"), render: (_, rule) => t(`levels.of.${rule.counts}`) },
              { title: t("levels.number"), render: (_, rule) => (rule.counts === "quiet" ? "–" : rule.number) },
              { title: t("levels.days"), dataIndex: "days" },
              { title: t("column.matter"), render: (_, rule) => rule.matter || t("levels.all") },
              {
                key: "actions",
                render: (_, rule) => (
                  <RowActions
                    sure={t("levels.sure")}
                    onChange={() => form.setFieldsValue(rule)}
                    onWithdraw={() => end.mutate(rule.code)}
                  />
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
