import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, InputNumber, Rate, Select, Table, Tag } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "@/shared/api/client";
import { moment } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import type { CaseFile, Whistle } from "./case";
import { useWhistles } from "./queries";

const STARS = 20; // points of a hundred that a star stands for

/** 吹哨报到: departments called to the case, their answers and arrivals, and the score of who called. */
export function Whistles({ file }: { file: CaseFile }) {
  const { t } = useTranslation("operator");
  const whistles = useWhistles(file.id);
  const queries = useQueryClient();
  const params = { path: { event_id: file.id } };
  const end = { onSuccess: () => refresh(queries, "cases") };
  const call = useMutation({
    mutationFn: (wish: { departments: string[]; within_minutes?: number }) =>
      api.POST("/api/v1/events/{event_id}/whistles", { params, body: { ...wish, reason: "" } }),
    ...end,
  });
  const answer = useMutation({
    mutationFn: (department: string) =>
      api.POST("/api/v1/events/{event_id}/whistles/answer", { params, body: { department, reason: "" } }),
    ...end,
  });
  const arrive = useMutation({
    mutationFn: (department: string) =>
      api.POST("/api/v1/events/{event_id}/whistles/arrive", { params, body: { department, reason: "" } }),
    ...end,
  });
  const score = useMutation({
    mutationFn: (given: { department: string; stars: number }) =>
      api.POST("/api/v1/events/{event_id}/whistles/score", { params, body: { ...given, reason: "" } }),
    ...end,
  });
  const problem = call.error ?? answer.error ?? arrive.error ?? score.error;
  const canCall = file.actions.includes("whistle");
  if (!canCall && (whistles.data ?? []).length === 0) return null;
  return (
    <section aria-labelledby="whistles">
      <h2 id="whistles">{t("whistle.title")}</h2>
      {problem && <ProblemNotice error={problem} />}
      {(whistles.data ?? []).length > 0 && (
        <Table
          rowKey={(one) => `${one.department}-${one.called_at}`}
          size="small"
          pagination={false}
          dataSource={whistles.data}
          columns={[
            { title: t("whistle.department"), dataIndex: "department" },
            { title: t("whistle.called"), render: (_, one) => moment(one.called_at) },
            {
              title: t("whistle.answered"),
              render: (_, one) =>
                one.answered_at ? (
                  moment(one.answered_at)
                ) : (
                  <Button size="small" onClick={() => answer.mutate(one.department)}>
                    {t("action.answer")}
                  </Button>
                ),
            },
            {
              title: t("whistle.arrived"),
              render: (_, one) => <Arrival whistle={one} onArrive={() => arrive.mutate(one.department)} />,
            },
            {
              title: t("whistle.score"),
              render: (_, one) => (
                <Rate
                  aria-label={t("whistle.scoreOf", { department: one.department })}
                  disabled={!one.arrived_at || one.score !== null}
                  value={(one.score ?? 0) / STARS}
                  onChange={(stars) => stars > 0 && score.mutate({ department: one.department, stars })}
                />
              ),
            },
          ]}
        />
      )}
      {canCall && (
        <Form name="whistle" layout="inline" className="filters" onFinish={(wish) => call.mutate(wish)}>
          <Form.Item
            name="departments"
            label={t("whistle.department")}
            rules={[{ required: true, message: t("form.required") }]}
          >
            <Select
              mode="tags"
              style={{ minWidth: 200 }}
              open={false}
              suffixIcon={null}
              tokenSeparators={[",", "，", "、"]}
            />
          </Form.Item>
          <Form.Item name="within_minutes" label={t("whistle.within")}>
            <InputNumber min={1} />
          </Form.Item>
          <Button htmlType="submit" loading={call.isPending}>
            {t("action.whistle")}
          </Button>
        </Form>
      )}
    </section>
  );
}

function Arrival({ whistle, onArrive }: { whistle: Whistle; onArrive: () => void }) {
  const { t } = useTranslation("operator");
  if (!whistle.arrived_at)
    return (
      <Button size="small" onClick={onArrive}>
        {t("action.arrive")}
      </Button>
    );
  return (
    <>
      {moment(whistle.arrived_at)} {whistle.late && <Tag color="red">{t("whistle.late")}</Tag>}
    </>
  );
}
