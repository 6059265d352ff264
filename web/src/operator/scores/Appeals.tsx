import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Loaded } from "@/shared/States";
import { AppealTable } from "./AppealTable";
import { useAppeals } from "./queries";

const SHOWN = ["open", "ended", "all"] as const;

/** Objections to scores, those that nobody decided first. */
export function Appeals() {
  const { t } = useTranslation("operator");
  const [shown, setShown] = useState<(typeof SHOWN)[number]>("open");
  const appeals = useAppeals(shown === "all" ? {} : { open: shown === "open" });
  return (
    <>
      <div className="row filters">
        <Segmented
          aria-label={t("appeals.show")}
          value={shown}
          onChange={setShown}
          options={SHOWN.map((value) => ({ value, label: t(`appeals.shown.${value}`) }))}
        />
        <span className="quiet">{t("appeals.how")}</span>
      </div>
      <Loaded of={appeals}>{(found) => <AppealTable appeals={found} />}</Loaded>
    </>
  );
}
