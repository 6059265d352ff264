import { useCallback } from "react";
import { useTranslation } from "react-i18next";

const UNIFIED = "unified";
const GIVEN = "统一网格";

/** A network's name: the one that OneGrid gave the unified network in the page's language, any other as it was typed. */
export function useNetworkName(): (code: string, name: string) => string {
  const { t } = useTranslation("shared");
  return useCallback((code, name) => (code === UNIFIED && name === GIVEN ? t("network.unified") : name), [t]);
}
