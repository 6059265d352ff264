import { Form, type FormRule, Input, InputNumber, Radio, Select } from "antd";
import { useTranslation } from "react-i18next";
import { LimitInput, LineInput, ShareInput } from "./inputs";
import { useMeasures } from "./measures";
import { RowsField } from "./RowsField";
import { BASES, STAGES, UNIT_TYPES } from "./rulebook";

const UNITS = UNIT_TYPES.filter((type) => type !== "city");

/** The members of a rulebook, each by an input of its kind. */
export function RulebookFields() {
  const { t } = useTranslation("admin");
  const needed: FormRule = { required: true, message: t("form.required") };
  const isLimit = (_: unknown, value?: { amount: number | null }) =>
    value?.amount ? Promise.resolve() : Promise.reject(new Error(t("form.required")));
  return (
    <>
      <Form.Item name="name" label={t("rulebooks.name")} rules={[needed]}>
        <Input maxLength={120} style={{ maxWidth: 320 }} />
      </Form.Item>
      <Form.Item name="basis" label={t("rulebooks.basis")} rules={[needed]}>
        <Radio.Group options={BASES.map((value) => ({ value, label: t(`rulebooks.of.${value}`) }))} />
      </Form.Item>
      <h2>{t("rulebooks.limits")}</h2>
      <div className="row top">
        {STAGES.map((stage) => (
          <Form.Item
            key={stage}
            name={["limits", stage]}
            label={t(`rulebooks.stage.${stage}`)}
            rules={[{ required: true, validator: isLimit }]}
          >
            <LimitInput label={t(`rulebooks.stage.${stage}`)} />
          </Form.Item>
        ))}
      </div>
      <Deductions needed={needed} />
      <div className="halves">
        <Weights needed={needed} />
        <Steps needed={needed} />
      </div>
    </>
  );
}

function Deductions({ needed }: { needed: FormRule }) {
  const { t } = useTranslation("admin");
  const { choices } = useMeasures();
  const points = (label: string) => <InputNumber aria-label={label} min={0} max={100} style={{ width: 76 }} />;
  const types = UNITS.map((value) => ({ value, label: t(`rulebooks.unit.${value}`) }));
  return (
    <RowsField
      name="deductions"
      title={t("rulebooks.deductions")}
      what={t("rulebooks.deductionsWhat")}
      blank={{ points: 1, cap: 10, units: UNITS }}
      columns={[
        {
          name: "code",
          title: t("column.code"),
          rules: [needed],
          input: (label) => <Input aria-label={label} maxLength={20} style={{ width: 72 }} />,
        },
        {
          name: "name",
          title: t("column.name"),
          rules: [needed],
          input: (label) => <Input aria-label={label} maxLength={120} style={{ width: 150 }} />,
        },
        {
          name: "of",
          title: t("rulebooks.measure"),
          rules: [needed],
          input: (label) => (
            <Select
              aria-label={label}
              showSearch={{ optionFilterProp: "label" }}
              style={{ width: 180 }}
              options={choices}
            />
          ),
        },
        {
          name: "limit",
          title: t("rulebooks.when"),
          input: (label, row) => <LineInput label={label} row={row} />,
        },
        { name: "points", title: t("rulebooks.points"), rules: [needed], input: points },
        { name: "cap", title: t("rulebooks.cap"), rules: [needed], input: points },
        {
          name: "units",
          title: t("rulebooks.units"),
          input: (label) => (
            <Select
              aria-label={label}
              mode="multiple"
              maxTagCount="responsive"
              style={{ width: 210 }}
              options={types}
            />
          ),
        },
      ]}
    />
  );
}

function Weights({ needed }: { needed: FormRule }) {
  const { t } = useTranslation("admin");
  const { weighable } = useMeasures();
  const once: FormRule = ({ getFieldValue }) => ({
    validator: (_, code) => {
      const all: { indicator?: string }[] = getFieldValue("weights") ?? [];
      const isOnce = all.filter(({ indicator }) => indicator === code).length < 2;
      return isOnce ? Promise.resolve() : Promise.reject(new Error(t("rulebooks.twice")));
    },
  });
  return (
    <RowsField
      name="weights"
      title={t("rulebooks.weights")}
      what={t("rulebooks.weightsWhat")}
      blank={{ weight: 10 }}
      columns={[
        {
          name: "indicator",
          title: t("rulebooks.indicator"),
          rules: [needed, once],
          input: (label) => <Select aria-label={label} style={{ width: 220 }} options={weighable} />,
        },
        {
          name: "weight",
          title: t("rulebooks.weight"),
          rules: [needed],
          input: (label) => <InputNumber aria-label={label} min={0} max={100} style={{ width: 76 }} />,
        },
      ]}
    />
  );
}

/** Grades of the total, points for patrols, and the line of dissatisfaction. */
function Steps({ needed }: { needed: FormRule }) {
  const { t } = useTranslation("admin");
  return (
    <div>
      <RowsField
        name="grades"
        title={t("rulebooks.grades")}
        blank={{}}
        columns={[
          {
            name: "least",
            title: t("rulebooks.least"),
            rules: [needed],
            input: (label) => <InputNumber aria-label={label} min={0} max={100} style={{ width: 96 }} />,
          },
          {
            name: "name",
            title: t("rulebooks.grade"),
            rules: [needed],
            input: (label) => <Input aria-label={label} maxLength={40} style={{ width: 140 }} />,
          },
        ]}
      />
      <RowsField
        name="patrol_bands"
        title={t("rulebooks.patrols")}
        blank={{}}
        columns={[
          {
            name: "least",
            title: t("rulebooks.leastCoverage"),
            rules: [needed],
            input: (label) => <ShareInput label={label} />,
          },
          {
            name: "points",
            title: t("rulebooks.patrolPoints"),
            rules: [needed],
            input: (label) => <InputNumber aria-label={label} min={0} max={100} style={{ width: 96 }} />,
          },
        ]}
      />
      <Form.Item name="dissatisfied_below" label={t("rulebooks.dissatisfied")} rules={[needed]}>
        <InputNumber min={0} max={100} />
      </Form.Item>
    </div>
  );
}
