import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { number } from "@/shared/format";
import { useSession } from "@/shared/session";

const FIRST = 40;

/** Numbers of cases; links for those who may see them. */
export function CaseLinks({ cases }: { cases: readonly number[] }) {
  const { t } = useTranslation("operator");
  const [isAll, setAll] = useState(false);
  const shown = isAll ? cases : cases.slice(0, FIRST);
  if (cases.length === 0) return <>–</>;
  return (
    <>
      {shown.map((event, at) => (
        <span key={event}>
          {at > 0 && " · "}
          <CaseLink event={event} />
        </span>
      ))}
      {shown.length < cases.length && (
        <Button type="link" size="small" onClick={() => setAll(true)}>
          {t("cases.others", { count: number(cases.length - shown.length) })}
        </Button>
      )}
    </>
  );
}

export function CaseLink({ event }: { event: number }) {
  const { can } = useSession();
  return can("events") ? <Link to={`/cases/${event}`}>{event}</Link> : event;
}
