import { Button, Collapse, Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { Breach } from "../plan";

const SHOWN = 100;

interface BreachesProps {
  breaches: readonly Breach[];
  short: (code: string) => string;
  onChoose: (code: string) => void;
}

/** Rules that grids break: they block publishing, not editing. A click goes to the grid. */
export function Breaches({ breaches, short, onChoose }: BreachesProps) {
  const { t } = useTranslation("planner");
  const list = (
    <ul className="plain">
      {breaches.slice(0, SHOWN).map((breach) => (
        <li key={`${breach.grid}-${breach.rule}-${breach.says}`}>
          <Button type="link" size="small" title={breach.grid} onClick={() => onChoose(breach.grid)}>
            {short(breach.grid)}
          </Button>
          <Tag color="#b45309">{t(`breach.${breach.rule}`, { defaultValue: breach.rule })}</Tag>
          <span className="quiet">{breach.says}</span>
        </li>
      ))}
    </ul>
  );
  const label = breaches.length === 0 ? t("edit.noBreaches") : t("result.breaches", { count: breaches.length });
  return (
    <Collapse
      size="small"
      ghost
      items={[{ key: "breaches", label, children: list, collapsible: breaches.length === 0 ? "disabled" : undefined }]}
    />
  );
}
