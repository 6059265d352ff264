import { Checkbox, ColorPicker, Slider } from "antd";
import { useTranslation } from "react-i18next";
import { number } from "@/shared/format";
import type { Look } from "./looks";

interface NetworkListProps {
  looks: readonly Look[];
  onChange: (code: string, part: Partial<Look>) => void;
}

/** Each network with its colour, whether it is shown, its labels and how solid its ground is. */
export function NetworkList({ looks, onChange }: NetworkListProps) {
  const { t } = useTranslation("planner");
  return (
    <ul className="plain">
      {looks.map((look) => (
        <li key={look.code} className="network">
          <div className="row spread">
            <Checkbox
              checked={look.isShown}
              onChange={(event) => onChange(look.code, { isShown: event.target.checked })}
            >
              {look.name}
            </Checkbox>
            <span className="quiet">{t("networks.grids", { count: look.grids, shown: number(look.grids) })}</span>
          </div>
          {look.isShown && (
            <div className="row look">
              <ColorPicker
                value={look.color}
                onChangeComplete={(color) => onChange(look.code, { color: color.toHexString() })}
              >
                <button
                  type="button"
                  className="swatch"
                  style={{ background: look.color }}
                  aria-label={t("networks.color", { name: look.name })}
                />
              </ColorPicker>
              <Slider
                min={0}
                max={0.9}
                step={0.01}
                value={look.opacity}
                ariaLabelForHandle={t("networks.opacity", { name: look.name })}
                tooltip={{ formatter: (value) => `${Math.round((value ?? 0) * 100)} %` }}
                onChange={(opacity) => onChange(look.code, { opacity })}
              />
              <Checkbox
                checked={look.hasLabels}
                onChange={(event) => onChange(look.code, { hasLabels: event.target.checked })}
              >
                {t("networks.labels")}
              </Checkbox>
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}
