import { Alert, Card, Tag, Timeline } from "antd";
import { useTranslation } from "react-i18next";
import { moment } from "@/shared/format";
import type { PublicCase, PublicStep } from "../types";
import { Say } from "./Say";

/** White on these is read well (WCAG AA); antd's own pale ones are not in this theme. */
const DONE = "#2e7d32";
const LATE = "#c0262d";
const AT_WORK = "#0b6b74";
const COLORS: Record<string, string> = { done: DONE, declined: "#595959", joined: "#595959" };

/** Where a report is, in plain words: step, office, deadline, what happened, and what its resident can still do. */
export function CaseCard({ code, found }: { code: string; found: PublicCase }) {
  const { t } = useTranslation("public");
  const isToEvaluate = found.may.includes("evaluate");
  const step = found.joined?.step ?? found.step;
  return (
    <Card size="small" className="case">
      <h2>{t("follow.report", { number: found.number })}</h2>
      <p role="status" className="step">
        <Tag variant="solid" color={COLORS[found.step] ?? AT_WORK}>
          {t(`step.${found.step}`)}
        </Tag>
        {found.suspended && <Tag>{t("follow.paused")}</Tag>}
        {found.late && (
          <Tag color={LATE} variant="solid">
            {t("follow.late")}
          </Tag>
        )}
      </p>
      <p>{t(`what.${found.step}`)}</p>
      {found.joined && <p>{t("follow.joined", { step: t(`step.${step}`) })}</p>}
      {found.closing_words && <Alert type="success" title={t("follow.closing")} description={found.closing_words} />}
      {isToEvaluate && <Say code={code} found={found} />}
      <Facts found={found} />
      <Timeline
        items={[...found.trail].reverse().map((one) => ({ key: `${one.at}${one.what}`, content: <Step one={one} /> }))}
      />
      {!isToEvaluate && <Say code={code} found={found} />}
    </Card>
  );
}

function Facts({ found }: { found: PublicCase }) {
  const { t } = useTranslation("public");
  const facts: [string, string | null | undefined][] = [
    [t("follow.said"), found.text],
    [t("report.matter"), found.matter && (found.matter.name ?? found.matter.code)],
    [t("report.address"), found.address],
    [t("place.answers"), found.department],
    [t("place.contact"), found.contact],
    [t("follow.due"), found.closed_at ? null : found.due_at && moment(found.due_at)],
    ...found.deadlines
      .filter((one) => one.condition && one.due_at)
      .map((one): [string, string] => [one.condition, one.met ? t("follow.met") : moment(one.due_at)]),
    [t("follow.photos"), found.photos > 0 ? String(found.photos) : null],
  ];
  return (
    <dl>
      {facts.map(([name, value]) =>
        value ? (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

function Step({ one }: { one: PublicStep }) {
  const { t } = useTranslation("public");
  return (
    <div>
      <strong>{t(`happened.${one.what}`)}</strong>
      {one.department && ` → ${one.department}`}
      {one.until && ` ${moment(one.until)}`}
      {one.words && <div>{one.words}</div>}
      <div className="quiet">{moment(one.at)}</div>
    </div>
  );
}
