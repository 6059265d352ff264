import { useTranslation } from "react-i18next";

/** What the colours of a map mean. */
export function Legend({ title, entries }: { title: string; entries: readonly { color: string; label: string }[] }) {
  const { t } = useTranslation("shared");
  return (
    <aside className="legend" aria-label={t("map.legend")}>
      <strong>{title}</strong>
      <ul>
        {entries.map(({ color, label }) => (
          <li key={label}>
            <span className="swatch" style={{ background: color }} />
            {label}
          </li>
        ))}
      </ul>
    </aside>
  );
}
