import { useTranslation } from "react-i18next";
import { LIGHT_COLORS, type Light } from "./case";

/** Green, yellow or red, with its name for those who do not tell colours apart. */
export function LightMark({ light }: { light: Light }) {
  const { t } = useTranslation("operator");
  if (light === null) return null;
  const name = t(`light.${light}`);
  return (
    <span role="img" className="light" title={name} aria-label={name} style={{ background: LIGHT_COLORS[light] }} />
  );
}
