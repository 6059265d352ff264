import { useTranslation } from "react-i18next";
import { LEVEL_COLORS, type Level } from "./object";

/** A colour with its word: never the colour alone. */
export function LevelMark({ level }: { level: Level }) {
  const { t } = useTranslation("operator");
  return (
    <span className="row level" style={{ color: LEVEL_COLORS[level] }}>
      <span className="light" style={{ background: LEVEL_COLORS[level] }} aria-hidden />
      {t(`objects.levels.${level}`)}
    </span>
  );
}
