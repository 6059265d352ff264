import { Descriptions, Tag } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { moment, number } from "@/shared/format";
import { sayLimits } from "@/shared/limits";
import { Loaded } from "@/shared/States";
import { ActionForm } from "./ActionForm";
import { Attachments } from "./Attachments";
import { CaseMap } from "./CaseMap";
import { Countdown } from "./Countdown";
import type { CaseFile } from "./case";
import { LightMark } from "./LightMark";
import { useCase, useMatterNames } from "./queries";
import { RouteExplained } from "./RouteExplained";
import { Trail } from "./Trail";
import { Whistles } from "./Whistles";

/** One case: what it is, why it is whose, what was done, and what can be done next. */
export default function CaseView() {
  const event = Number(useParams().event);
  const found = useCase(event);
  return (
    <div className="sheet">
      <Loaded of={found}>{(file) => <File file={file} />}</Loaded>
    </div>
  );
}

function File({ file }: { file: CaseFile }) {
  const { t } = useTranslation("operator");
  const alone = useMemo(() => [file], [file]);
  return (
    <>
      <div className="row">
        <LightMark light={file.light} />
        <h1>{t("case.title", { number: file.id })}</h1>
        <Tag color="blue">{t(`stage.${file.status}`)}</Tag>
        {file.suspended && <Tag color="gold">{t("case.suspended")}</Tag>}
        {file.merged_into !== null && (
          <Link to={`/cases/${file.merged_into}`}>{t("case.merged", { into: file.merged_into })}</Link>
        )}
      </div>
      <div className="halves">
        <div>
          <Facts file={file} />
          {file.actions.length > 0 && <ActionForm file={file} />}
          <Trail file={file} />
        </div>
        <div>
          <CaseMap cases={alone} />
          <RouteExplained event={file.id} />
          <Whistles file={file} />
          <Attachments file={file} />
        </div>
      </div>
    </>
  );
}

function Facts({ file }: { file: CaseFile }) {
  const { t } = useTranslation("operator");
  const matterName = useMatterNames();
  const reporter = [file.reporter.name, file.reporter.phone].filter(Boolean).join(" · ");
  const items = [
    ["matter", matterName(file.matter)],
    ["what", file.text],
    ["address", file.address],
    ["happened", moment(file.at)],
    ["source", [file.source, file.external_id].filter(Boolean).join(" · ")],
    ["reporter", reporter],
    ["grid", file.grid ?? t(`stage.${file.routing}`)],
    ["area", file.area],
    ["owner", file.owner],
    ["holder", file.holder],
    ["level", t(`level.${file.level}`, { defaultValue: file.level })],
    ["limit", sayLimits(file.limit, t)],
    ["reworks", file.reworks > 0 ? number(file.reworks) : null],
  ] as const;
  return (
    <>
      <Descriptions
        size="small"
        column={{ xs: 1, md: 2 }}
        bordered
        items={[
          ...items
            .filter(([, value]) => value)
            .map(([name, value]) => ({ key: name, label: t(`case.${name}`), children: value })),
          {
            key: "due",
            label: t("cases.due"),
            children: file.clock_problem ?? (
              <Countdown due={file.due_at} isOpen={file.light !== null} isDone={file.light === "green"} />
            ),
          },
        ]}
      />
      {file.dues.length > 1 && (
        <ul className="plain">
          {file.dues.map((due) => (
            <li key={`${due.condition}-${due.due_at}`}>
              {sayLimits(due.limit, t)} · {moment(due.due_at)} {due.met && <Tag color="green">{t("case.met")}</Tag>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
