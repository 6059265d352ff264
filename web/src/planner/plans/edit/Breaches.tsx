import { Button, Collapse, Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { Breach } from "../plan";

const SHOWN = 100;

/** Rules that grids break: they block publishing, not editing. A click goes to the grid. */
export function Breaches({ breaches, onChoose }: { breaches: readonly Breach[]; onChoose: (code: string) => void }) {
  const { t } = useTranslation("planner");
  const list = (
    <ul className="plain">
      {breaches.slice(0, SHOWN).map((breach) => (
        <li key={`${breach.grid}-${breach.rule}-${breach.says}`}>
          <Button type="link" size="small" onClick={() => onChoose(breach.grid)}>
            {breach.grid}
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
