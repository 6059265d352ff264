import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { moment } from "@/shared/format";
import { minutesUntil } from "./case";

const MINUTE = 60_000;

interface CountdownProps {
  due: string | null;
  isOpen: boolean;
  /** What was to be done by then is done, though the case is open. */
  isDone?: boolean;
}

/** Time that is left, or by how much it is over; counted on every minute. */
export function Countdown({ due, isOpen, isDone = false }: CountdownProps) {
  const { t } = useTranslation("operator");
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE);
    return () => clearInterval(timer);
  }, []);
  if (due === null) return <>–</>;
  if (!isOpen) return <>{moment(due)}</>;
  const minutes = minutesUntil(due, now);
  if (isDone && minutes < 0) return <span title={moment(due)}>{t("due.done")}</span>;
  const words = spell(Math.abs(minutes), t);
  return (
    <span title={moment(due)} className={minutes < 0 ? "overdue" : undefined}>
      {minutes < 0 ? t("due.over", { time: words }) : t("due.left", { time: words })}
    </span>
  );
}

function spell(minutes: number, t: (key: string, values: Record<string, number>) => string): string {
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return t("due.days", { days, hours });
  return hours > 0 ? t("due.hours", { hours, minutes: minutes % 60 }) : t("due.minutes", { minutes });
}
