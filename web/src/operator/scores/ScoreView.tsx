import { Descriptions, Tag } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { moment, number } from "@/shared/format";
import { Loaded } from "@/shared/States";
import { useSession } from "@/shared/session";
import { AppealTable } from "./AppealTable";
import { Course } from "./Course";
import { DeductionSheet } from "./DeductionSheet";
import { FigureTable } from "./FigureTable";
import { useAppeals, useSheet } from "./queries";
import type { ScoreSheet } from "./score";

/** One score: each figure with its formula and cases, the deduction sheet, how it went on, objections to it. */
export default function ScoreView() {
  const { score } = useParams();
  return (
    <div className="sheet">
      <Loaded of={useSheet(Number(score))}>{(sheet) => <Sheet sheet={sheet} />}</Loaded>
    </div>
  );
}

function Sheet({ sheet }: { sheet: ScoreSheet }) {
  const { t } = useTranslation("operator");
  const { can } = useSession();
  const back = new URLSearchParams({ period: sheet.period, unit: sheet.unit_type });
  const facts = [
    ["total", number(sheet.total, 1)],
    ["grade", sheet.grade ? t(`grade.${sheet.grade}`, { defaultValue: sheet.grade }) : "–"],
    ["revision", `${sheet.revision} · ${t(`scores.cause.${sheet.cause}`, { defaultValue: sheet.cause })}`],
    ["known", moment(sheet.known_at)],
  ] as const;
  return (
    <>
      <p>
        <Link to={`/scores?${back}`}>{t("scores.title")}</Link>
      </p>
      <h1>
        {sheet.unit || t("unit.city")} · {sheet.period} <Tag>{t(`unit.${sheet.unit_type}`)}</Tag>
      </h1>
      <Descriptions
        size="small"
        bordered
        column={{ xs: 1, md: 4 }}
        items={facts.map(([key, children]) => ({ key, label: t(`scores.fact.${key}`), children }))}
      />
      <p className="quiet">{t("scores.link", { number: sheet.number, hash: sheet.hash.slice(0, 16) })}</p>
      <div className="halves">
        <section aria-labelledby="figures">
          <h2 id="figures">{t("scores.figures")}</h2>
          <FigureTable sheet={sheet} />
        </section>
        <section aria-labelledby="course">
          <h2 id="course">{t("scores.course")}</h2>
          <Course sheet={sheet} />
        </section>
      </div>
      <h2>{t("scores.deductions")}</h2>
      <DeductionSheet sheet={sheet} />
      {can("events") && <AppealsOf score={sheet.number} />}
    </>
  );
}

function AppealsOf({ score }: { score: number }) {
  const { t } = useTranslation("operator");
  return (
    <>
      <h2>{t("scores.tab.appeals")}</h2>
      <Loaded of={useAppeals({})}>
        {(appeals) => <AppealTable appeals={appeals.filter((one) => one.score === score)} />}
      </Loaded>
    </>
  );
}
