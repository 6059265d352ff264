import { Button, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Checked } from "./check";

const LAYER_KINDS = [
  "areas",
  "blocks",
  "buildings",
  "households",
  "businesses",
  "campuses",
  "compounds",
  "barriers",
  "components",
  "cameras",
  "stations",
];
const QUANTITIES = ["households", "people", "businesses", "jobs", "components", "events"];

export interface LayerTarget {
  kind: string;
  name?: string;
  kind_field?: string;
  quantities?: Record<string, string | undefined>;
}

interface LayerFieldsProps {
  isBusy: boolean;
  checked: Checked;
  onSend: (target: LayerTarget) => void;
}

/** A layer's kind and name, and which fields hold how many households, people … */
export function LayerFields({ isBusy, checked, onSend }: LayerFieldsProps) {
  const { t } = useTranslation("planner");
  const fields = checked.preview.fields.map((field) => ({ value: field, label: field }));
  return (
    <Form<LayerTarget> layout="vertical" size="small" initialValues={{ kind: "areas" }} onFinish={onSend}>
      <div className="pair row">
        <Form.Item name="kind" label={t("target.kind")}>
          <Select options={LAYER_KINDS.map((kind) => ({ value: kind, label: t(`layerKind.${kind}`) }))} />
        </Form.Item>
        <Form.Item name="name" label={t("target.layerName")}>
          <Input placeholder={t("target.asKind")} />
        </Form.Item>
      </div>
      <div className="thirds">
        {QUANTITIES.map((quantity) => (
          <Form.Item key={quantity} name={["quantities", quantity]} label={t(`quantity.${quantity}`)}>
            <Select allowClear options={fields} placeholder={t("target.none")} />
          </Form.Item>
        ))}
      </div>
      <Button type="primary" htmlType="submit" loading={isBusy}>
        {t("target.import")}
      </Button>
    </Form>
  );
}

/** The target as fields of the import's form. */
export function layerForm(target: LayerTarget): Record<string, string | undefined> {
  const quantities = Object.fromEntries(Object.entries(target.quantities ?? {}).filter(([, field]) => field));
  return {
    kind: target.kind,
    name: target.name,
    kind_field: target.kind_field,
    quantities: JSON.stringify(quantities),
  };
}
