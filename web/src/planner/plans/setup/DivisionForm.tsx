import { useMutation } from "@tanstack/react-query";
import { Button, Form, InputNumber, Select, Slider } from "antd";
import { useTranslation } from "react-i18next";
import type { Run } from "@/shared/api/answers";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { KINDS, type Kind, type Plan } from "../plan";
import type { StepProps } from "./ConsolidationForm";

type Triple = [number, number, number];

interface Fields {
  bands: Record<Kind, { 0: number; 1: number; 2: number }>;
  weights: Record<string, number>;
  candidates: number;
  seed: number;
}

/** The bands of the town's rule and the weights of docs/division.md: where a planner starts. */
const BANDS: Record<Kind, Triple> = {
  resident: [300, 400, 500],
  business: [60, 100, 150],
  institution: [20000, 150000, 400000],
};
const QUANTITY: Record<Kind, string> = { resident: "households", business: "businesses", institution: "m2" };
const WEIGHTS: Record<string, number> = { balance: 1, compact: 1, stable: 0.5, follow: 0.5, barrier: 0.5, station: 0 };

/** How large grids of each kind may be, and what counts how much; each with a word on what it does. */
export function DivisionForm({ plan, isBusy, onStart }: StepProps) {
  const { t } = useTranslation("planner");
  const start = useMutation({
    mutationFn: (fields: Fields) =>
      answer<Run>(
        api.POST("/api/v1/plans/{plan_id}/divide", {
          params: { path: { plan_id: plan.id } },
          body: {
            bands: Object.fromEntries(
              KINDS.map((kind) => [kind, [fields.bands[kind][0], fields.bands[kind][1], fields.bands[kind][2]]]),
            ),
            weights: fields.weights,
            candidates: fields.candidates > 1 ? fields.candidates : null,
            seed: fields.seed,
            loads: {},
            strict: false,
          },
        }),
      ),
    onSuccess: onStart,
  });
  return (
    <Form<Fields>
      layout="vertical"
      size="small"
      initialValues={initial(plan)}
      onFinish={(fields) => start.mutate(fields)}
    >
      <div className="halves">
        <fieldset>
          <legend>{t("division.bands")}</legend>
          <p className="quiet">{t("division.bandsWhat")}</p>
          <div className="bands" role="group" aria-label={t("division.bands")}>
            {KINDS.map((kind) => (
              <Band key={kind} kind={kind} />
            ))}
          </div>
        </fieldset>
        <fieldset>
          <legend>{t("division.weights")}</legend>
          <p className="quiet">{t("division.weightsWhat")}</p>
          {Object.keys(WEIGHTS).map((name) => (
            <Form.Item
              key={name}
              name={["weights", name]}
              label={t(`weight.${name}`)}
              tooltip={t(`weightWhat.${name}`)}
              className="tight"
            >
              <Slider min={0} max={4} step={0.25} ariaLabelForHandle={t(`weight.${name}`)} />
            </Form.Item>
          ))}
        </fieldset>
      </div>
      <div className="row">
        <Form.Item name="candidates" label={t("division.candidates")} tooltip={t("division.candidatesWhat")}>
          <Select style={{ width: 90 }} options={[1, 2, 3, 4, 5].map((value) => ({ value, label: value }))} />
        </Form.Item>
        <Form.Item name="seed" label={t("division.seed")} tooltip={t("division.seedWhat")}>
          <InputNumber min={0} style={{ width: 90 }} />
        </Form.Item>
        <Button
          type={plan.status === "divided" ? "default" : "primary"}
          htmlType="submit"
          loading={isBusy || start.isPending}
        >
          {plan.status === "divided" ? t("division.again") : t("division.divide")}
        </Button>
      </div>
      {start.error && <ProblemNotice error={start.error} />}
    </Form>
  );
}

function Band({ kind }: { kind: Kind }) {
  const { t } = useTranslation("planner");
  const sides = ["minimum", "target", "maximum"] as const;
  return (
    <div className="row band">
      <span className="band-name">
        {t(`kind.${kind}`)} <span className="quiet">{t(`division.in.${QUANTITY[kind]}`)}</span>
      </span>
      {sides.map((side, at) => (
        <Form.Item
          key={side}
          name={["bands", kind, at]}
          className="tight"
          rules={[{ required: true, message: t("form.required") }]}
        >
          <InputNumber
            min={0}
            aria-label={`${t(`kind.${kind}`)} ${t(`division.${side}`)}`}
            placeholder={t(`division.${side}`)}
          />
        </Form.Item>
      ))}
    </div>
  );
}

/** What was asked last for this plan, else the defaults. */
function initial(plan: Plan): Fields {
  const known = plan.parameters.bands ?? {};
  const band = (kind: Kind): Triple => {
    const asked = known[kind];
    return asked ? [asked.minimum, asked.target, asked.maximum] : BANDS[kind];
  };
  const asked = plan.parameters.candidates;
  return {
    bands: { resident: band("resident"), business: band("business"), institution: band("institution") },
    weights: { ...WEIGHTS, ...plan.parameters.weights },
    candidates: typeof asked === "number" ? asked : 3,
    seed: plan.seed,
  };
}
