import { DatePicker, Form, Input, InputNumber, Radio, Select } from "antd";
import { useTranslation } from "react-i18next";
import { usePageFacts } from "@/shared/queries";
import type { CaseFile, Needs } from "./case";
import { useDuplicates } from "./queries";

/** Steps whose words are told to the resident who reported (docs/cases.md). */
const TO_RESIDENTS: ReadonlySet<string> = new Set(["reject", "merge", "close"]);

interface StepFieldsProps {
  needs: Needs;
  action: string;
  file: CaseFile;
  /** The step is taken for several cases: nothing is offered that is one case's own. */
  isOfMany?: boolean;
}

/** What a step asks for. */
export function StepFields({ needs, action, file, isOfMany = false }: StepFieldsProps) {
  const { t } = useTranslation("operator");
  const facts = usePageFacts();
  const isRead = TO_RESIDENTS.has(action) && facts.data?.public_page === true;
  const alike = useDuplicates(file.id, needs.into ?? false);
  const must = (isNeeded: boolean | undefined) => [{ required: isNeeded ?? false, message: t("form.required") }];
  return (
    <>
      {needs.receiver && (
        <Form.Item
          name="receiver"
          label={t("case.receiver")}
          rules={must(!isOfMany)}
          initialValue={isOfMany ? undefined : file.owner}
        >
          <Input placeholder={isOfMany ? t("many.ownOwner") : undefined} />
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
