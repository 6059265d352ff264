import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { type CaseFile, NEEDS, WHISTLE_ACTIONS } from "./case";
import { StepFields } from "./StepFields";
import { takeStep, type Wish } from "./step";

/** The steps that the stage allows; each asks for what it needs, and a refusal tells every reason. */
export function ActionForm({ file }: { file: CaseFile }) {
  const { t } = useTranslation("operator");
  const queries = useQueryClient();
  const [action, setAction] = useState<string | null>(null);
  const [form] = Form.useForm<Wish>();
  const take = useMutation({
    mutationFn: (wish: Wish) => takeStep(file.id, action ?? "", wish),
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
          <StepFields needs={NEEDS[action] ?? {}} action={action} file={file} />
          {take.error && <ProblemNotice error={take.error} />}
          <Button type="primary" htmlType="submit" loading={take.isPending}>
            {t("case.take", { action: t(`action.${action}`, { defaultValue: action }) })}
          </Button>
        </Form>
      )}
    </section>
  );
}
