import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Card, Form, Input, Radio, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { moment } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { useSession } from "@/shared/session";
import type { Notice, Objection } from "./notice";
import { Raise } from "./Raise";

const COLORS = { open: "#b45309", answered: "#2e7d32", withdrawn: "default" } as const;

/** What was objected to a notice, with its answers; publication waits until each has one. */
export function Objections({ notice }: { notice: Notice }) {
  const { t } = useTranslation("operator");
  const { can } = useSession();
  return (
    <section aria-labelledby="objections">
      <h2 id="objections">{t("notices.objections")}</h2>
      {notice.objections.length === 0 && <p className="quiet">{t("notices.noObjections")}</p>}
      {notice.objections.map((one) => (
        <Card
          key={one.id}
          size="small"
          className="objection"
          title={
            <>
              {one.about || t("notices.wholeNotice")}{" "}
              <Tag color={COLORS[one.status]}>
                {one.status === "answered"
                  ? t(one.accepted ? "notices.accepted" : "notices.refused")
                  : t(`notices.status.${one.status}`)}
              </Tag>
            </>
          }
          extra={<span className="quiet">{`${one.made_by} · ${moment(one.made_at)}`}</span>}
        >
          <p>{one.reason}</p>
          {one.ended_by && (
            <p>
              <span className="quiet">{`${one.ended_by} · ${moment(one.ended_at)}`}</span> {one.answer}
            </p>
          )}
          {one.status === "open" && <End objection={one} />}
        </Card>
      ))}
      {(can("events") || can("plan")) && notice.plan_status !== "published" && <Raise notice={notice} />}
    </section>
  );
}

/** A planner answers; whoever made it may withdraw it. */
function End({ objection }: { objection: Objection }) {
  const { t } = useTranslation("operator");
  const { me, can } = useSession();
  const [kind, setKind] = useState<"answer" | "withdraw" | null>(null);
  const isMine = objection.made_by === `${me?.kind}:${me?.name}`;
  if (kind) return <Words objection={objection} kind={kind} onClose={() => setKind(null)} />;
  return (
    <div className="row">
      {can("plan") && <Button onClick={() => setKind("answer")}>{t("notices.answer")}</Button>}
      {isMine && <Button onClick={() => setKind("withdraw")}>{t("notices.withdraw")}</Button>}
    </div>
  );
}

interface WordsProps {
  objection: Objection;
  kind: "answer" | "withdraw";
  onClose: () => void;
}

function Words({ objection, kind, onClose }: WordsProps) {
  const { t } = useTranslation("operator");
  const queries = useQueryClient();
  const params = { path: { objection_id: objection.id } };
  const end = useMutation({
    mutationFn: ({ accepted = false, reason }: { accepted?: boolean; reason: string }) =>
      kind === "answer"
        ? answer(api.POST("/api/v1/objections/{objection_id}/answer", { params, body: { accepted, reason } }))
        : answer(api.POST("/api/v1/objections/{objection_id}/withdraw", { params, body: { reason } })),
    onSuccess: () => refresh(queries, "notices"),
  });
  const needed = [{ required: true, message: t("form.required") }];
  return (
    <Form name={`objection-${objection.id}`} layout="vertical" onFinish={(wish) => end.mutate(wish)}>
      {kind === "answer" && (
        <Form.Item name="accepted" label={t("notices.outcome")} rules={needed}>
          <Radio.Group
            options={[true, false].map((value) => ({
              value,
              label: t(value ? "notices.accepted" : "notices.refused"),
            }))}
          />
        </Form.Item>
      )}
      <Form.Item name="reason" label={t("scores.reason")} rules={needed}>
        <Input.TextArea autoSize={{ minRows: 2 }} maxLength={10_000} />
      </Form.Item>
      {end.error && <ProblemNotice error={end.error} />}
      <div className="row">
        <Button type="primary" htmlType="submit" loading={end.isPending}>
          {t(`notices.${kind}`)}
        </Button>
        <Button onClick={onClose}>{t("cancel")}</Button>
      </div>
    </Form>
  );
}
