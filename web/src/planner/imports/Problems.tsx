import { Empty, Select, Table, Tag } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bounds, Shape, Shapes } from "@/shared/api/answers";
import { ground } from "@/shared/format";
import { boundsOf, widened } from "@/shared/map/bounds";
import type { FoundProblem } from "./check";

const SEVERITY_TAG = { error: "#c0262d", warning: "#b45309", info: "#1d4ed8" } as const;

interface ProblemsProps {
  problems: Shapes<FoundProblem>;
  onFocus: (bounds: Bounds) => void;
}

/** What is wrong, each at its place: a click on a row goes there. */
export function Problems({ problems, onFocus }: ProblemsProps) {
  const { t } = useTranslation("planner");
  const [kind, setKind] = useState<string | undefined>();
  const kinds = useMemo(() => tally(problems), [problems]);
  const rows = useMemo(
    () =>
      problems.features
        .map((feature, at) => ({ at, feature, ...feature.properties }))
        .filter((row) => !kind || row.kind === kind),
    [problems, kind],
  );
  if (problems.features.length === 0) return <Empty description={t("import.clean")} />;
  const go = (feature: Shape<FoundProblem>) => {
    const box = feature.geometry && boundsOf(feature);
    if (box) onFocus(widened(box));
  };
  return (
    <>
      <Select
        className="wide"
        allowClear
        value={kind}
        placeholder={t("import.everyKind")}
        aria-label={t("import.everyKind")}
        options={kinds.map(([name, count]) => ({
          value: name,
          label: `${t(`problemKind.${name}`, { defaultValue: name })} · ${count}`,
        }))}
        onChange={setKind}
      />
      <Table
        size="small"
        virtual
        rowKey="at"
        pagination={false}
        scroll={{ y: 320, x: 460 }}
        dataSource={rows}
        onRow={(row) => ({
          tabIndex: 0,
          role: "button",
          style: { cursor: "pointer" },
          onClick: () => go(row.feature),
          onKeyDown: (event) => {
            if (event.key === "Enter") go(row.feature);
          },
        })}
        columns={[
          {
            title: t("import.problem"),
            width: 150,
            render: (_, row) => (
              <Tag color={SEVERITY_TAG[row.severity]}>{t(`problemKind.${row.kind}`, { defaultValue: row.kind })}</Tag>
            ),
          },
          {
            title: t("import.grids"),
            width: 120,
            render: (_, row) => [row.code, row.other_code].filter(Boolean).join(" · "),
          },
          {
            title: t("import.ground"),
            width: 80,
            align: "right",
            render: (_, row) => (row.area_m2 ? ground(row.area_m2) : ""),
          },
          { title: t("import.what"), render: (_, row) => <span title={row.remedy}>{row.message}</span> },
        ]}
      />
    </>
  );
}

function tally(problems: Shapes<FoundProblem>): [string, number][] {
  const counts = new Map<string, number>();
  for (const { properties } of problems.features) counts.set(properties.kind, (counts.get(properties.kind) ?? 0) + 1);
  return [...counts.entries()];
}
