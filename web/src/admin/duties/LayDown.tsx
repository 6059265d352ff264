import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, DatePicker, Form, Input, Tabs } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { asProblem } from "@/shared/api/problem";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { RulebookFields } from "./RulebookFields";
import { type Draft, placeOf, type Rules, readRules, toDraft, toRules } from "./rulebook";

type Look = "form" | "json";
type Fields = Draft & { text: string; valid_from: Dayjs; reason: string };

const asText = (rules: Rules) => JSON.stringify(rules, null, 2);

/** Another rulebook from a day on, starting from `rules`: as a form or as JSON, each taking over what the other holds.
 * What the server refuses stays as it was typed, with the reason at its field. */
export function LayDown({ rules, onClose }: { rules: Rules; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const [look, setLook] = useState<Look>(() => (toDraft(rules) ? "form" : "json"));
  const typed = () => form.getFieldsValue(true) as Fields;
  const meant = () => (look === "form" ? toRules(typed()) : (readRules(typed().text) ?? {}));
  const put = useMutation({
    mutationFn: () => {
      const { valid_from, reason } = typed();
      const body = { rules: meant(), valid_from: valid_from.toISOString(), reason };
      return answer(api.PUT("/api/v1/scores/rules", { body }));
    },
    onSuccess: () => {
      refresh(queries, "scores");
      onClose();
    },
    onError: (error) => {
      const { field, detail = "" } = asProblem(error).document;
      if (!field) return;
      const name = look === "form" ? placeOf(field, typed()) : ["text"];
      form.setFields([{ name: name as never, errors: [detail] }]);
      form.scrollToField(name as never, { block: "center" });
    },
  });
  const show = (next: Look) => {
    if (next === "json") {
      form.setFieldValue("text", asText(toRules(typed())));
      setLook("json");
      return;
    }
    const written = readRules(typed().text);
    const draft = written && toDraft(written);
    if (draft) {
      form.setFieldsValue(draft);
      setLook("form");
    } else form.setFields([{ name: "text", errors: [t(written ? "rulebooks.noForm" : "rulebooks.noJson")] }]);
  };
  const needed = { required: true, message: t("form.required") };
  const isJson = (_: unknown, text: string) =>
    readRules(text ?? "") ? Promise.resolve() : Promise.reject(new Error(t("rulebooks.noJson")));
  return (
    <Form
      name="rulebook"
      form={form}
      layout="vertical"
      className="rulebook"
      initialValues={{ ...toDraft(rules), text: asText(rules), valid_from: dayjs().startOf("day").add(1, "day") }}
      onFinish={() => put.mutate()}
      scrollToFirstError
    >
      <Tabs
        destroyOnHidden
        activeKey={look}
        onChange={(key) => show(key as Look)}
        items={[
          { key: "form", label: t("rulebooks.asForm"), children: <RulebookFields /> },
          {
            key: "json",
            label: "JSON",
            children: (
              <Form.Item
                name="text"
                label={t("rulebooks.rules")}
                extra={t("rulebooks.jsonWhat")}
                rules={[{ validator: isJson }]}
              >
                <Input.TextArea autoSize={{ minRows: 8, maxRows: 24 }} spellCheck={false} className="code" />
              </Form.Item>
            ),
          },
        ]}
      />
      <div className="row top">
        <Form.Item name="valid_from" label={t("duties.from")} rules={[needed]}>
          <DatePicker />
        </Form.Item>
        <Form.Item
          name="reason"
          label={t("rulebooks.reason")}
          extra={t("rulebooks.reasonWhat")}
          rules={[needed]}
          className="grow"
        >
          <Input maxLength={1000} />
        </Form.Item>
      </div>
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
