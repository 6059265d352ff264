import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useNetworkNames } from "@/shared/queries";

/** What draws borders is called: a network, a layer, a split or an edit. */
export function useDrawerNames(): (drawer: string) => string {
  const { t } = useTranslation("planner");
  const nameOf = useNetworkNames();
  return useCallback(
    (drawer) => t([`drawnBy.${drawer}`, `layerKind.${drawer}`], { defaultValue: nameOf(drawer) }),
    [t, nameOf],
  );
}
