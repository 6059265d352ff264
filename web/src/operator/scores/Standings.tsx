import { Alert, DatePicker, Empty, Segmented, Select } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Loaded } from "@/shared/States";
import { useDefinitions } from "@/shared/scores/definitions";
import { useSession } from "@/shared/session";
import { Compute } from "./Compute";
import { isOver, KINDS, type Kind, PICKER, periodName, readPeriod } from "./periods";
import { usePreview, useStored } from "./queries";
import { type Row, ScoreTable } from "./ScoreTable";
import { UNITS, type UnitType } from "./score";

interface Asked {
  period: string;
  unit: UnitType;
  by: string;
}

/** Figures and places of a period, by kind of unit; as they stand now while it has not been told. */
export function Standings() {
  const [found, ask] = useSearchParams();
  const written = found.get("period") ?? "";
  const asked: Asked = {
    period: readPeriod(written) ? written : periodName("month", dayjs().subtract(1, "month")),
    unit: UNITS.find((each) => each === found.get("unit")) ?? "department",
    by: found.get("by") ?? "total",
  };
  const change = (part: Partial<Asked>) =>
    ask((known) => ({ ...Object.fromEntries(known), ...asked, ...part }), { replace: true });
  return (
    <>
      <Choices asked={asked} onChange={change} />
      <Told key={asked.period + asked.unit} asked={asked} />
    </>
  );
}

function Choices({ asked, onChange }: { asked: Asked; onChange: (part: Partial<Asked>) => void }) {
  const { t } = useTranslation("operator");
  const { can } = useSession();
  const definitions = useDefinitions();
  const { kind, day } = readPeriod(asked.period) ?? { kind: "month" as const, day: dayjs() };
  const units = UNITS.filter((each) => each !== "person" || can("events") || can("admin"));
  const measures = [
    { value: "total", label: t("dashboard.total") },
    ...(definitions.data?.indicators ?? []).map(({ code, name }) => ({ value: code, label: name })),
  ];
  return (
    <div className="row filters">
      <Segmented
        aria-label={t("scores.kind")}
        value={kind}
        onChange={(chosen: Kind) => onChange({ period: periodName(chosen, day) })}
        options={KINDS.map((value) => ({ value, label: t(`scores.kinds.${value}`) }))}
      />
      <DatePicker
        picker={PICKER[kind]}
        aria-label={t("scores.period")}
        allowClear={false}
        value={day}
        onChange={(chosen) => chosen && onChange({ period: periodName(kind, chosen) })}
      />
      <Segmented
        aria-label={t("dashboard.of")}
        value={asked.unit}
        onChange={(unit: UnitType) => onChange({ unit })}
        options={units.map((value) => ({ value, label: t(`unit.${value}`) }))}
      />
      <Select
        aria-label={t("scores.by")}
        style={{ minWidth: 180 }}
        value={asked.by}
        onChange={(by) => onChange({ by })}
        options={measures}
      />
      <a href={`/api/v1/scores/export?period=${asked.period}&cases=true`} download={`scores-${asked.period}.xlsx`}>
        {t("scores.export")}
      </a>
    </div>
  );
}

function Told({ asked }: { asked: Asked }) {
  const { t } = useTranslation("operator");
  const stored = useStored(asked.period, asked.unit, asked.by);
  const isMissing = stored.data !== undefined && stored.data.length === 0;
  const preview = usePreview(asked.period, asked.unit, isMissing);
  if (!isMissing)
    return <Loaded of={stored}>{(rows) => <ScoreTable rows={rows} by={asked.by} unit={asked.unit} />}</Loaded>;
  return (
    <>
      <Alert
        type="info"
        showIcon
        title={t(isOver(asked.period, dayjs()) ? "scores.notTold" : "scores.notOver")}
        action={<Compute period={asked.period} />}
      />
      <Loaded of={preview}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty description={t("scores.none")} />
          ) : (
            <ScoreTable rows={rows.map(asRow)} by={asked.by} unit={asked.unit} />
          )
        }
      </Loaded>
    </>
  );
}

function asRow({ unit, total, grade, figures }: Omit<Row, "rank" | "before" | "score">): Row {
  return { unit, total, grade, figures, rank: null, before: null, score: null };
}
