import { FullscreenOutlined } from "@ant-design/icons";
import { Button, Card, DatePicker, Segmented, Statistic, Tooltip } from "antd";
import dayjs from "dayjs";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { number } from "@/shared/format";
import { Loaded } from "@/shared/States";
import type { Indicator } from "@/shared/scores/definitions";
import { useDefinitions } from "@/shared/scores/definitions";
import { useSession } from "@/shared/session";
import { say } from "../scores/queries";
import { Lights } from "./Lights";
import { type Score, UNITS, type Unit, useScores } from "./queries";
import { Ranking } from "./Ranking";
import { Trend } from "./Trend";
import { WhistleTable } from "./WhistleTable";

/** How the work stands: indicators of a month, rankings, lights of open cases, trends; for the wall as well. */
export default function DashboardView() {
  const { t } = useTranslation("operator");
  const { can } = useSession();
  const [month, setMonth] = useState(() => dayjs().format("YYYY-MM"));
  const [unit, setUnit] = useState<Unit>("department");
  const wall = useRef<HTMLDivElement>(null);
  const city = useScores(month, "city");
  const units = useScores(month, unit);
  const shown = can("events") ? UNITS : UNITS.filter((each) => each !== "person");
  return (
    <div className="sheet wall" ref={wall}>
      <div className="row spread">
        <h1>{t("dashboard.title")}</h1>
        <div className="row">
          <DatePicker
            picker="month"
            aria-label={t("dashboard.month")}
            allowClear={false}
            value={dayjs(`${month}-01`)}
            onChange={(day) => setMonth((day ?? dayjs()).format("YYYY-MM"))}
          />
          <Button
            icon={<FullscreenOutlined aria-hidden />}
            onClick={() => wall.current?.requestFullscreen().catch(() => undefined)}
          >
            {t("dashboard.full")}
          </Button>
        </div>
      </div>
      <Loaded of={city} empty={t("dashboard.none")}>
        {(scores) => <Figures score={scores[0]} />}
      </Loaded>
      <div className="halves">
        <Card title={t("dashboard.lights")}>{can("events") ? <Lights /> : t("dashboard.notYours")}</Card>
        <Card title={t("dashboard.trend")}>
          <Trend month={month} />
        </Card>
      </div>
      <Card title={t("whistle.title")}>
        <WhistleTable month={month} />
      </Card>
      <Card
        title={t("dashboard.ranking")}
        extra={
          <div className="row">
            <Segmented
              aria-label={t("dashboard.of")}
              value={unit}
              onChange={setUnit}
              options={shown.map((each) => ({ value: each, label: t(`unit.${each}`) }))}
            />
            <Link to={`/scores?period=${month}&unit=${unit}`}>{t("scores.title")}</Link>
          </div>
        }
      >
        <Loaded of={units} empty={t("dashboard.none")}>
          {(scores) => <Ranking scores={scores} />}
        </Loaded>
      </Card>
    </div>
  );
}

function Figures({ score }: { score: Score | undefined }) {
  const { t } = useTranslation("operator");
  const indicators = useDefinitions();
  if (!score) return null;
  return (
    <div className="cards close">
      {score.total !== null && (
        <Card size="small">
          <Statistic title={t("dashboard.total")} value={number(score.total, 1)} suffix={score.grade ?? ""} />
        </Card>
      )}
      <Card size="small">
        <Statistic title={t("dashboard.cases")} value={number(score.cases)} />
      </Card>
      {(indicators.data?.indicators ?? []).map((indicator) => (
        <Figure key={indicator.code} indicator={indicator} value={score.figures[indicator.code]} />
      ))}
    </div>
  );
}

function Figure({ indicator, value }: { indicator: Indicator; value: number | null | undefined }) {
  if (value === undefined || value === null) return null;
  return (
    <Tooltip title={indicator.formula}>
      <Card size="small">
        <Statistic title={indicator.name} value={say(indicator, value)} />
      </Card>
    </Tooltip>
  );
}
