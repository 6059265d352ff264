import { Descriptions, Table } from "antd";
import { useTranslation } from "react-i18next";
import { number, share } from "@/shared/format";
import { sayLimits } from "@/shared/limits";
import { useMeasures } from "./measures";
import { type Draft, type DraftLine, type Rules, STAGES, toDraft } from "./rulebook";

/** What a rulebook says, to be read; one of another shape as it was written. */
export function RulebookTold({ rules }: { rules: Rules }) {
  const draft = toDraft(rules);
  return draft ? <Told draft={draft} rules={rules} /> : <pre>{JSON.stringify(rules, null, 2)}</pre>;
}

function Told({ draft, rules }: { draft: Draft; rules: Rules }) {
  const { t } = useTranslation("admin");
  const { nameOf } = useMeasures();
  const limits = rules.limits as Record<string, string>;
  const facts = {
    basis: t(`rulebooks.of.${draft.basis}`),
    limits: STAGES.map((stage) => `${t(`rulebooks.stage.${stage}`)} ${sayLimits(limits[stage], t)}`).join(" · "),
    weights: draft.weights
      .map(({ indicator, weight }) => `${nameOf(`indicator:${indicator}`)} × ${weight}`)
      .join(" · "),
    grades: draft.grades
      .map(({ least, name }) => `≥ ${number(least, 1)} ${t(`grade.${name}`, { defaultValue: name })}`)
      .join(" · "),
    patrols: draft.patrol_bands.map(({ least, points }) => `≥ ${share(least)} → ${number(points, 1)}`).join(" · "),
    dissatisfied: number(draft.dissatisfied_below, 1),
  };
  const items = Object.entries(facts).map(([key, children]) => ({ key, label: t(`rulebooks.${key}`), children }));
  return (
    <>
      <Descriptions size="small" bordered column={1} items={items} />
      <Sheet lines={draft.deductions} />
      <details>
        <summary>JSON</summary>
        <pre>{JSON.stringify(rules, null, 2)}</pre>
      </details>
    </>
  );
}

function Sheet({ lines }: { lines: DraftLine[] }) {
  const { t } = useTranslation("admin");
  const { nameOf, isShare } = useMeasures();
  const when = ({ of, side, limit }: DraftLine) => {
    if (!of?.startsWith("indicator:")) return "";
    return ` ${t(`formula.${side}`)} ${isShare(of) ? share(limit) : number(limit, 2)}`;
  };
  return (
    <Table<DraftLine>
      rowKey="code"
      size="small"
      pagination={false}
      dataSource={lines}
      columns={[
        { title: t("column.code"), dataIndex: "code" },
        { title: t("column.name"), render: (_, { name }) => t(`sheetLine.${name}`, { defaultValue: name }) },
        { title: t("rulebooks.measure"), render: (_, line) => nameOf(line.of ?? "") + when(line) },
        { title: t("rulebooks.points"), align: "right", render: (_, { points }) => number(points, 2) },
        { title: t("rulebooks.cap"), align: "right", render: (_, { cap }) => number(cap, 2) },
        {
          title: t("rulebooks.units"),
          render: (_, { units }) => units.map((unit) => t(`rulebooks.unit.${unit}`)).join("、"),
        },
      ]}
    />
  );
}
