import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, DatePicker, Form, Input, Table } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { day, moment } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { type Rulebook, readRules } from "./rulebook";

interface Wish {
  rules: string;
  valid_from: Dayjs;
  reason: string;
}

/** What scores are counted by. A rulebook is never changed or taken away: another is laid down from a day on. */
export function Rulebooks() {
  const { t } = useTranslation("admin");
  const [start, begin] = useState<Rulebook | "default" | null>(null);
  const books = useQuery({
    queryKey: ["scores", "rulebooks"],
    queryFn: () => answer<Rulebook[]>(api.GET("/api/v1/scores/rules")),
  });
  return (
    <>
      <div className="row spread">
        <p className="quiet">{t("rulebooks.what")}</p>
        <Button onClick={() => begin("default")}>{t("rulebooks.new")}</Button>
      </div>
      {start && <LayDown key={start === "default" ? 0 : start.id} from={start} onClose={() => begin(null)} />}
      <Loaded of={books}>
        {(found) => (
          <Table
            rowKey="id"
            size="small"
            locale={{ emptyText: t("rulebooks.none") }}
            pagination={false}
            dataSource={[...found].reverse()}
            expandable={{ expandedRowRender: (book) => <pre>{JSON.stringify(book.rules, null, 2)}</pre> }}
            columns={[
              { title: t("duties.from"), render: (_, book) => day(book.valid_from) },
              { title: t("rulebooks.reason"), dataIndex: "reason" },
              { title: t("rulebooks.by"), dataIndex: "created_by" },
              { title: t("rulebooks.at"), render: (_, book) => moment(book.recorded_at) },
              {
                key: "actions",
                render: (_, book) => (
                  <Button type="link" size="small" onClick={() => begin(book)}>
                    {t("rulebooks.replace")}
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

/** Another rulebook, starting from the words of one, or of the one that holds now. */
function LayDown({ from, onClose }: { from: Rulebook | "default"; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const holding = useQuery({
    queryKey: ["scores", "indicators", "rules"],
    queryFn: () => answer<{ rules: Record<string, unknown> }>(api.GET("/api/v1/scores/indicators")),
    enabled: from === "default",
  });
  const rules = from === "default" ? holding.data?.rules : from.rules;
  const put = useMutation({
    mutationFn: ({ rules, valid_from, reason }: Wish) =>
      answer(
        api.PUT("/api/v1/scores/rules", {
          body: { rules: readRules(rules) ?? {}, valid_from: valid_from.toISOString(), reason },
        }),
      ),
    onSuccess: () => {
      refresh(queries, "scores");
      onClose();
    },
  });
  const needed = { required: true, message: t("form.required") };
  const isJson = (_: unknown, text: string) =>
    readRules(text ?? "") ? Promise.resolve() : Promise.reject(new Error(t("rulebooks.noJson")));
  if (!rules) return holding.error ? <ProblemNotice error={holding.error} /> : null;
  return (
    <Form
      name="rulebook"
      layout="vertical"
      initialValues={{ rules: JSON.stringify(rules, null, 2), valid_from: dayjs().startOf("day").add(1, "day") }}
      onFinish={(wish: Wish) => put.mutate(wish)}
    >
      <Form.Item name="rules" label={t("rulebooks.rules")} rules={[{ validator: isJson }]}>
        <Input.TextArea autoSize={{ minRows: 8, maxRows: 24 }} spellCheck={false} className="code" />
      </Form.Item>
      <Form.Item name="valid_from" label={t("duties.from")} rules={[needed]}>
        <DatePicker />
      </Form.Item>
      <Form.Item name="reason" label={t("rulebooks.reason")} extra={t("rulebooks.reasonWhat")} rules={[needed]}>
        <Input maxLength={1000} />
      </Form.Item>
      {put.error && <ProblemNotice error={put.error} />}
      <div className="row">
        <Button type="primary" htmlType="submit" loading={put.isPending}>
          {t("rulebooks.lay")}
        </Button>
        <Button onClick={onClose}>{t("cancel")}</Button>
      </div>
    </Form>
  );
}
