import { Radio, Table } from "antd";
import { useTranslation } from "react-i18next";
import { ground, number } from "@/shared/format";
import type { Checked, Choices, Repair } from "./check";

interface RepairChoiceProps {
  checked: Checked;
  choices: Choices;
  onChange: (part: Partial<Choices>) => void;
  isAfter: boolean;
  onAfter: (isAfter: boolean) => void;
}

/** None, safe or full; what a repair did, and the counts of problems before and after it. */
export function RepairChoice({ checked, choices, onChange, isAfter, onAfter }: RepairChoiceProps) {
  const { t } = useTranslation("planner");
  const kinds = [...new Set([...Object.keys(checked.found.counts), ...Object.keys(checked.left?.counts ?? {})])];
  const rows = kinds.map((kind) => ({
    kind,
    before: checked.found.counts[kind] ?? 0,
    after: checked.left?.counts[kind] ?? 0,
  }));
  return (
    <section aria-label={t("repair.title")}>
      <h3>{t("repair.title")}</h3>
      <Radio.Group
        size="small"
        optionType="button"
        value={choices.repair}
        options={(["none", "safe", "full"] satisfies Repair[]).map((mode) => ({
          value: mode,
          label: t(`repair.${mode}`),
        }))}
        onChange={(event) => onChange({ repair: event.target.value })}
      />
      <p className="quiet">{t(`repair.what.${choices.repair}`)}</p>
      {checked.left && (
        <>
          <Radio.Group
            size="small"
            value={isAfter}
            options={[
              { value: false, label: t("repair.before") },
              { value: true, label: t("repair.after") },
            ]}
            onChange={(event) => onAfter(event.target.value)}
          />
          <Table
            size="small"
            rowKey="kind"
            pagination={false}
            dataSource={rows}
            columns={[
              {
                title: t("import.problem"),
                render: (_, row) => t(`problemKind.${row.kind}`, { defaultValue: row.kind }),
              },
              { title: t("repair.before"), align: "right", render: (_, row) => number(row.before) },
              { title: t("repair.after"), align: "right", render: (_, row) => number(row.after) },
            ]}
          />
          <p className="quiet">
            {t("repair.accounts", {
              before: ground(checked.repair?.accounts.before_m2),
              after: ground(checked.repair?.accounts.after_m2),
              filled: ground(checked.repair?.accounts.filled_m2),
              overlaps: ground(checked.repair?.accounts.overlaps_m2),
            })}
          </p>
        </>
      )}
    </section>
  );
}
