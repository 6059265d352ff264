import { Alert, Spin, Tabs } from "antd";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bounds } from "@/shared/api/answers";
import { number } from "@/shared/format";
import { boundsOf } from "@/shared/map/bounds";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { Attributes } from "./Attributes";
import { CheckMap } from "./CheckMap";
import { ChoicesForm } from "./ChoicesForm";
import { type Checked, type Choices, useCheck } from "./check";
import type { Dropped } from "./groups";
import { Problems } from "./Problems";
import { RepairChoice } from "./RepairChoice";
import { Target } from "./Target";

/** One dropped file: what it is, what is wrong with it, what a repair would change, and where it shall go. */
export function CheckedFile({ dropped, header }: { dropped: Dropped; header: ReactNode }) {
  const { t } = useTranslation("planner");
  const [choices, setChoices] = useState<Choices>({ repair: "none" });
  const [isAfter, setAfter] = useState(true);
  const [focus, setFocus] = useState<Bounds | null>(null);
  const check = useCheck(dropped, choices);
  const checked = check.error ? undefined : check.data;
  const all = useMemo(() => (checked ? boundsOf(checked.features) : null), [checked]);
  const change = (part: Partial<Choices>) => setChoices((known) => ({ ...known, ...part }));
  return (
    <>
      <div className="column">
        {header}
        <section
          className="panel wide"
          aria-label={t("import.check", { name: dropped.name })}
          aria-busy={check.isFetching}
        >
          <h2>{dropped.name}</h2>
          {check.isFetching && (
            <p>
              <Spin size="small" /> {t("import.checking")}
            </p>
          )}
          {check.error && <ProblemNotice error={check.error} />}
          <ChoicesForm choices={choices} checked={checked} problem={check.error} onChange={change} />
          {checked && (
            <Report
              checked={checked}
              dropped={dropped}
              choices={choices}
              onChange={change}
              onFocus={setFocus}
              isAfter={isAfter}
              onAfter={setAfter}
            />
          )}
        </section>
      </div>
      <div className="canvas">
        <CheckMap checked={checked} isAfter={isAfter} bounds={focus ?? all} />
      </div>
    </>
  );
}

interface ReportProps {
  checked: Checked;
  dropped: Dropped;
  choices: Choices;
  onChange: (part: Partial<Choices>) => void;
  onFocus: (bounds: Bounds) => void;
  isAfter: boolean;
  onAfter: (isAfter: boolean) => void;
}

function Report({ checked, dropped, choices, onChange, onFocus, isAfter, onAfter }: ReportProps) {
  const { t } = useTranslation("planner");
  const problems = isAfter && checked.problems_left ? checked.problems_left : checked.problems;
  const tabs = [
    {
      key: "problems",
      label: t("import.tabs.problems", { count: problems.features.length, shown: number(problems.features.length) }),
      children: <Problems problems={problems} onFocus={onFocus} />,
    },
    { key: "attributes", label: t("import.tabs.attributes"), children: <Attributes checked={checked} /> },
  ];
  return (
    <>
      {!checked.storable && (
        <Alert type="warning" showIcon title={t("import.notStorable")} description={t("import.notStorableHow")} />
      )}
      <RepairChoice checked={checked} choices={choices} onChange={onChange} isAfter={isAfter} onAfter={onAfter} />
      <Target dropped={dropped} choices={choices} checked={checked} />
      <Tabs items={tabs} />
      <ul className="quiet notes">
        {checked.preview.notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </>
  );
}
