import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import zh from "./locales/zh.json";

const UNIFIED = "unified";
const GIVEN = "统一网格";

/** A network's name: the one that OneGrid gave the unified network in the page's language, any other as it was typed. */
export function useNetworkName(): (code: string, name: string) => string {
  const { t } = useTranslation("shared");
  return useCallback((code, name) => (code === UNIFIED && name === GIVEN ? t("network.unified") : name), [t]);
}

/** A role by its code or its Chinese name, as lists have it, in the page's language; one of the place as it was typed. */
export function useRoleName(): (role: string | null) => string {
  const { t } = useTranslation("shared");
  return (role) => {
    const standard = Object.entries(zh.role).find(([code, name]) => role === code || role === name);
    return standard ? t(`role.${standard[0]}`) : (role ?? "");
  };
}
