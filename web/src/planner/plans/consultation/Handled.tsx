import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Modal, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { moment } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import type { Comment } from "./comment";

type Way = "answer" | "hide";

/** What became of a comment: its answer, which everybody sees with it, or why it is hidden; and the ways to either. */
export function Handled({ plan, comment }: { plan: number; comment: Comment }) {
  const { t } = useTranslation("planner");
  const queries = useQueryClient();
  const [way, go] = useState<Way | null>(null);
  const params = { path: { plan_id: plan, comment_id: comment.id } };
  const handle = useMutation({
    mutationFn: ({ text, way }: { text: string; way: Way | "show" }) => {
      if (way === "show") return answer(api.DELETE("/api/v1/plans/{plan_id}/comments/{comment_id}/hidden", { params }));
      if (way === "hide")
        return answer(api.PUT("/api/v1/plans/{plan_id}/comments/{comment_id}/hidden", { params, body: { why: text } }));
      return answer(api.PUT("/api/v1/plans/{plan_id}/comments/{comment_id}/answer", { params, body: { text } }));
    },
    onSuccess: () => {
      go(null);
      refresh(queries, "plan");
    },
  });
  const isHidden = comment.hidden_by !== null;
  return (
    <>
      {comment.answer && (
        <blockquote>
          {comment.answer}
          <div className="quiet">
            {moment(comment.answered_at)} · {comment.answered_by}
          </div>
        </blockquote>
      )}
      {isHidden && (
        <p>
          <Tag>{t("consultation.hidden")}</Tag> {comment.hidden_why} · {comment.hidden_by}
        </p>
      )}
      <Button type="link" size="small" onClick={() => go("answer")}>
        {t("consultation.answer")}
      </Button>
      {isHidden ? (
        <Button type="link" size="small" onClick={() => handle.mutate({ text: "", way: "show" })}>
          {t("consultation.show")}
        </Button>
      ) : (
        <Button type="link" size="small" danger onClick={() => go("hide")}>
          {t("consultation.hide")}
        </Button>
      )}
      {handle.error && !way && <ProblemNotice error={handle.error} />}
      {way && (
        <Modal open title={t(`consultation.${way}`)} footer={null} onCancel={() => go(null)}>
          <p>{comment.text}</p>
          <Form
            name={way}
            layout="vertical"
            initialValues={{ text: way === "answer" ? (comment.answer ?? "") : "" }}
            onFinish={({ text }: { text: string }) => handle.mutate({ text, way })}
          >
            <Form.Item
              name="text"
              label={t(`consultation.${way}Text`)}
              extra={t(`consultation.${way}What`)}
              rules={[{ required: true, whitespace: true, message: t("form.required") }]}
            >
              <Input.TextArea maxLength={2000} autoSize={{ minRows: 3 }} />
            </Form.Item>
            {handle.error && <ProblemNotice error={handle.error} />}
            <Button type="primary" htmlType="submit" loading={handle.isPending}>
              {t("save")}
            </Button>
          </Form>
        </Modal>
      )}
    </>
  );
}
