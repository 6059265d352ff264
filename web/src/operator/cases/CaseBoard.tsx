import { Card, Checkbox, Empty } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { number } from "@/shared/format";
import { Countdown } from "./Countdown";
import { type ChoosableCases, STAGES } from "./case";
import { LightMark } from "./LightMark";
import { useMatterNames } from "./queries";

const MOST = 50;

/** A column for each stage, the most urgent on top; with `chosen`, cases can be chosen. */
export function CaseBoard({ cases, chosen, onChoose }: ChoosableCases) {
  const { t } = useTranslation("operator");
  return (
    <div className="board">
      {STAGES.map((stage) => (
        <Column
          key={stage}
          name={t(`stage.${stage}`)}
          cases={cases.filter((one) => one.status === stage)}
          chosen={chosen}
          onChoose={onChoose}
        />
      ))}
    </div>
  );
}

function Column({ name, cases, chosen, onChoose }: ChoosableCases & { name: string }) {
  const { t } = useTranslation("operator");
  const matterName = useMatterNames();
  const urgent = [...cases].sort((a, b) => (a.due_at ?? "9").localeCompare(b.due_at ?? "9"));
  return (
    <section aria-label={name}>
      <h2>
        {name} <span className="quiet">{number(cases.length)}</span>
      </h2>
      {cases.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("cases.noneHere")} />}
      {urgent.slice(0, MOST).map((one) => (
        <Card key={one.id} size="small">
          <div className="row">
            {chosen && (
              <Checkbox
                aria-label={t("many.choose", { event: one.id })}
                checked={chosen.includes(one.id)}
                onChange={({ target }) =>
                  onChoose?.(target.checked ? [...chosen, one.id] : chosen.filter((event) => event !== one.id))
                }
              />
            )}
            <LightMark light={one.light} />
            <Link to={`/cases/${one.id}`}>{one.id}</Link>
            <span className="clipped">{matterName(one.matter) ?? ""}</span>
          </div>
          <div className="clipped">{one.text || one.address || one.grid}</div>
          <div className="quiet">
            {one.holder || one.owner} ·{" "}
            <Countdown due={one.due_at} isOpen={one.light !== null} isDone={one.light === "green"} />
          </div>
        </Card>
      ))}
      {cases.length > MOST && <p className="quiet">{t("cases.others", { count: cases.length - MOST })}</p>}
    </section>
  );
}
