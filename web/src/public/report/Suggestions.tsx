import { Radio } from "antd";
import { useTranslation } from "react-i18next";
import { useSettled } from "../kept";
import { useMatters } from "../queries";
import type { Matter } from "../types";

/** What the words may mean, to choose from; without a choice the words decide. */
export function Suggestions(props: { text: string; chosen: Matter | null; onChoose: (matter: Matter | null) => void }) {
  const { t } = useTranslation("public");
  const found = useMatters(useSettled(props.text.trim()));
  const offered = props.text.trim().length > 1 ? (found.data?.matters ?? []) : [];
  const { chosen } = props;
  const all = chosen && !offered.some((one) => one.code === chosen.code) ? [chosen, ...offered] : offered;
  if (all.length === 0) return null;
  return (
    <fieldset className="field">
      <legend>{t("report.matter")}</legend>
      <Radio.Group
        className="matters"
        value={chosen?.code ?? ""}
        onChange={({ target }) => props.onChoose(all.find((one) => one.code === target.value) ?? null)}
        options={[
          ...all.map((one) => ({ value: one.code, label: one.name })),
          { value: "", label: t("report.unsure") },
        ]}
      />
    </fieldset>
  );
}
