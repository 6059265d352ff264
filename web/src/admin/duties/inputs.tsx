import { Form, InputNumber, Select, Space } from "antd";
import { useTranslation } from "react-i18next";
import { LIMIT_UNITS, type LimitUnit } from "@/shared/limits";
import { useMeasures } from "./measures";

interface Controlled<T> {
  value?: T;
  onChange?: (value: T) => void;
}

interface Length {
  amount: number | null;
  unit: LimitUnit;
}

/** A time limit: an amount and its unit. */
export function LimitInput({ id, label, value, onChange }: Controlled<Length> & { id?: string; label: string }) {
  const { t } = useTranslation("admin");
  const known = value ?? { amount: null, unit: "working_hours" };
  return (
    <Space.Compact>
      <InputNumber
        id={id}
        min={0}
        style={{ width: 72 }}
        value={known.amount}
        onChange={(amount) => onChange?.({ ...known, amount })}
      />
      <Select
        aria-label={t("rulebooks.unitOf", { of: label })}
        style={{ width: 150 }}
        value={known.unit}
        onChange={(unit) => onChange?.({ ...known, unit })}
        options={LIMIT_UNITS.map((unit) => ({ value: unit, label: t(`limitUnit.${unit}`) }))}
      />
    </Space.Compact>
  );
}

/** A share, typed in hundredths. */
export function ShareInput({ id, label, value, onChange }: Controlled<number | null> & { id?: string; label: string }) {
  return (
    <InputNumber
      id={id}
      aria-label={label}
      min={0}
      max={100}
      suffix="%"
      style={{ width: 96 }}
      value={value === null || value === undefined ? null : exact(value * 100)}
      onChange={(hundredths) => onChange?.(hundredths === null ? null : exact(hundredths / 100))}
    />
  );
}

/** Without the dust of binary fractions: 0.57 × 100 is 57. */
function exact(value: number): number {
  return Number(value.toFixed(8));
}

type LineInputProps = Controlled<number | null> & { id?: string; label: string; row: number };

/** Below or above which figure points are taken; a count has no such line, each of its cases counts. */
export function LineInput({ row, ...control }: LineInputProps) {
  const { t } = useTranslation("admin");
  const { isShare } = useMeasures();
  const of: string | undefined = Form.useWatch(["deductions", row, "of"]);
  if (!of?.startsWith("indicator:")) return <span className="quiet">{t("rulebooks.eachCase")}</span>;
  return (
    <Space.Compact>
      <Form.Item name={[row, "side"]} noStyle initialValue="below">
        <Select
          aria-label={t("rulebooks.sideOf", { of: control.label })}
          style={{ width: 84 }}
          options={["below", "above"].map((side) => ({ value: side, label: t(`formula.${side}`) }))}
        />
      </Form.Item>
      {isShare(of) ? (
        <ShareInput {...control} />
      ) : (
        <InputNumber
          id={control.id}
          aria-label={control.label}
          style={{ width: 96 }}
          value={control.value}
          onChange={(value) => control.onChange?.(value)}
        />
      )}
    </Space.Compact>
  );
}
