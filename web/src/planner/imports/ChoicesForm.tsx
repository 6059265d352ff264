import { AutoComplete, Button, Form, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Problem } from "@/shared/api/problem";
import { number } from "@/shared/format";
import type { Checked, Choices } from "./check";

const SYSTEMS = ["wgs84", "cgcs2000", "gcj02", "bd09", "EPSG:4326", "EPSG:4490", "EPSG:3857"];
const GAUSS_KRUEGER = Array.from({ length: 21 }, (_, zone) => `EPSG:${4534 + zone}`);
const ENCODINGS = ["utf-8", "gb18030", "gbk", "big5", "utf-16", "cp1252"];

interface ChoicesFormProps {
  choices: Choices;
  checked: Checked | undefined;
  problem: unknown;
  onChange: (part: Partial<Choices>) => void;
}

/** What the file was taken to be, each with its reason and open to correction. */
export function ChoicesForm({ choices, checked, problem, onChange }: ChoicesFormProps) {
  const { t } = useTranslation("planner");
  const facts = checked?.preview;
  const guess = problem instanceof Problem ? (problem.document.guess as string | undefined) : undefined;
  const fields = (facts?.fields ?? []).map((field) => ({ value: field, label: field }));
  return (
    <Form layout="vertical" size="small" className="choices">
      {facts && (
        <p>{t("import.facts", { format: facts.format, count: facts.features, shown: number(facts.features) })}</p>
      )}
      <Form.Item
        label={t("import.crs")}
        extra={facts && !choices.crs ? `${facts.crs}: ${facts.crs_reason}` : undefined}
        htmlFor="choice-crs"
      >
        <div className="row">
          <AutoComplete
            id="choice-crs"
            className="grow"
            allowClear
            defaultValue={choices.crs}
            placeholder={facts?.crs ?? t("import.crsUnknown")}
            options={[...SYSTEMS, ...GAUSS_KRUEGER].map((name) => ({
              value: name,
              label: t(`crs.${name.replace(":", "_")}`, { defaultValue: name }),
            }))}
            onSelect={(crs) => onChange({ crs })}
            onClear={() => onChange({ crs: undefined })}
            onKeyDown={(event) => {
              if (event.key === "Enter") onChange({ crs: (event.target as HTMLInputElement).value || undefined });
            }}
          />
          {guess && (
            <Button type="primary" onClick={() => onChange({ crs: guess })}>
              {t("import.takeGuess", { crs: guess })}
            </Button>
          )}
        </div>
      </Form.Item>
      <div className="pair row">
        <Form.Item
          label={t("import.encoding")}
          extra={choices.encoding ? undefined : facts?.encoding_reason}
          htmlFor="choice-encoding"
        >
          <Select
            id="choice-encoding"
            allowClear
            value={choices.encoding}
            placeholder={facts?.encoding ?? ""}
            options={ENCODINGS.map((name) => ({ value: name, label: name }))}
            onChange={(encoding) => onChange({ encoding })}
          />
        </Form.Item>
        {facts && facts.layers.length > 1 && (
          <Form.Item label={t("import.layer")} htmlFor="choice-layer">
            <Select
              id="choice-layer"
              value={choices.layer ?? facts.layer}
              options={facts.layers.map((layer) => ({ value: layer, label: layer }))}
              onChange={(layer) => onChange({ layer, code_field: undefined, name_field: undefined })}
            />
          </Form.Item>
        )}
      </div>
      <div className="pair row">
        <Form.Item label={t("import.codeField")} htmlFor="choice-code">
          <Select
            id="choice-code"
            allowClear
            value={choices.code_field}
            placeholder={facts?.code_field || t("import.noCode")}
            options={fields}
            onChange={(code_field) => onChange({ code_field })}
          />
        </Form.Item>
        <Form.Item label={t("import.nameField")} htmlFor="choice-name">
          <Select
            id="choice-name"
            allowClear
            value={choices.name_field}
            placeholder={t("import.asFound")}
            options={fields}
            onChange={(name_field) => onChange({ name_field })}
          />
        </Form.Item>
      </div>
    </Form>
  );
}
