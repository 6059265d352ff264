import { useTranslation } from "react-i18next";
import { Loaded } from "@/shared/States";
import { useRules } from "./queries";

/** What moves levels, in words. */
export function Rules() {
  const { t } = useTranslation("operator");
  return (
    <Loaded of={useRules()} empty={t("objects.noRules")}>
      {(rules) => (
        <ul>
          {rules.map((rule) => (
            <li key={rule.code}>
              {t(`objects.says.${rule.counts}`, {
                ...rule,
                matter: rule.matter ? t("objects.ofMatter", { matter: rule.matter }) : "",
              })}
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  );
}
