import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, DatePicker, Form, Input, InputNumber, Radio, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh, usePageFacts } from "@/shared/queries";
import { type CaseFile, NEEDS, type Needs, WHISTLE_ACTIONS } from "./case";
import { useDuplicates } from "./queries";

/** Steps whose words are told to the resident who reported (docs/cases.md). */
const TO_RESIDENTS: ReadonlySet<string> = new Set(["reject", "merge", "close"]);

interface Wish {
  receiver?: string;
  reason?: string;
  until?: Dayjs;
  score?: number;
  passed?: boolean;
  into?: number;
  condition?: string;
}

/** The steps that the stage allows; each asks for what it needs, and a refusal tells every reason. */
export function ActionForm({ file }: { file: CaseFile }) {
  const { t } = useTranslation("operator");
  const queries = useQueryClient();
  const [action, setAction] = useState<string | null>(null);
  const [form] = Form.useForm<Wish>();
  const take = useMutation({
    mutationFn: (wish: Wish) =>
      api.POST("/api/v1/events/{event_id}/steps", {
        params: { path: { event_id: file.id } },
        body: {
          ...wish,
          action: action ?? "",
          receiver: wish.receiver ?? "",
          reason: wish.reason ?? "",
          until: wish.until?.toISOString(),
          attachments: [],
        },
      }),
    onSuccess: () => {
      setAction(null);
      form.resetFields();
      refresh(queries, "cases");
    },
  });
  const offered = file.actions.filter((each) => !WHISTLE_ACTIONS.has(each));
  return (
    <section aria-labelledby="next-step">
      <h2 id="next-step">{t("case.next")}</h2>
      <div className="row">
        {offered.map((each) => (
          <Button
            key={each}
            type={each === action ? "primary" : "default"}
            aria-pressed={each === action}
            onClick={() => {
              setAction(each === action ? null : each);
              take.reset();
            }}
          >
            {t(`action.${each}`, { defaultValue: each })}
          </Button>
        ))}
      </div>
      {action && (
        <Form name="step" form={form} layout="vertical" onFinish={(wish) => take.mutate(wish)} className="step">
          <StepFields needs={NEEDS[action] ?? {}} file={file} isPublic={TO_RESIDENTS.has(action)} />
          {take.error && <ProblemNotice error={take.error} />}
          <Button type="primary" htmlType="submit" loading={take.isPending}>
            {t("case.take", { action: t(`action.${action}`, { defaultValue: action }) })}
          </Button>
        </Form>
      )}
    </section>
  );
}

function StepFields({ needs, file, isPublic }: { needs: Needs; file: CaseFile; isPublic: boolean }) {
  const { t } = useTranslation("operator");
  const facts = usePageFacts();
  const isRead = isPublic && facts.data?.public_page === true;
  const alike = useDuplicates(file.id, needs.into ?? false);
  const must = (isNeeded: boolean | undefined) => [{ required: isNeeded ?? false, message: t("form.required") }];
  return (
    <>
      {needs.receiver && (
        <Form.Item name="receiver" label={t("case.receiver")} rules={must(true)} initialValue={file.owner}>
          <Input />
        </Form.Item>
      )}
      {needs.passed && (
        <Form.Item name="passed" label={t("case.passed")} rules={must(true)}>
          <Radio.Group
            options={[
              { value: true, label: t("yes") },
              { value: false, label: t("no") },
            ]}
          />
        </Form.Item>
      )}
      {needs.into && (
        <Form.Item name="into" label={t("case.into")} rules={must(true)}>
          <Select
            options={(alike.data ?? []).map((one) => ({
              value: one.event,
              label: t("case.alike", { event: one.event, distance: Math.round(one.distance_m), minutes: one.minutes }),
            }))}
            notFoundContent={t("case.noneAlike")}
          />
        </Form.Item>
      )}
      {needs.condition && (
        <Form.Item name="condition" label={t("case.condition")} rules={must(true)}>
          <Select options={file.dues.map((due) => ({ value: due.condition, label: due.condition }))} />
        </Form.Item>
      )}
      {needs.until && (
        <Form.Item name="until" label={t("case.until")} rules={must(true)}>
          <DatePicker showTime />
        </Form.Item>
      )}
      {needs.score && (
        <Form.Item name="score" label={t("case.score")} rules={must(true)}>
          <InputNumber min={0} max={100} />
        </Form.Item>
      )}
      <Form.Item
        name="reason"
        label={t("case.reason")}
        rules={must(needs.reason)}
        extra={isRead ? t("case.readByResidents") : undefined}
      >
        <Input.TextArea rows={2} maxLength={2000} />
      </Form.Item>
    </>
  );
}
