import { Badge, Checkbox, Select, Table, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { day, moment, number } from "@/shared/format";
import { Loaded } from "@/shared/States";
import type { NoticeBrief } from "./notice";
import { useNotices } from "./queries";

/** What departments were told of plans before they hold, and what was objected. */
export default function NoticesView() {
  const { t } = useTranslation("operator");
  return (
    <div className="sheet">
      <h1>{t("notices.title")}</h1>
      <p className="quiet">{t("notices.what")}</p>
      <Loaded of={useNotices()} empty={t("notices.none")}>
        {(notices) => <Listed notices={notices} />}
      </Loaded>
    </div>
  );
}

function Listed({ notices }: { notices: readonly NoticeBrief[] }) {
  const { t } = useTranslation("operator");
  const [department, setDepartment] = useState<string | undefined>();
  const [isOpen, setOpen] = useState(false);
  const departments = [...new Set(notices.map((notice) => notice.department))].sort();
  const shown = notices.filter(
    (notice) => (!department || notice.department === department) && (!isOpen || notice.open_objections > 0),
  );
  return (
    <>
      <div className="row filters">
        <Select
          allowClear
          showSearch
          aria-label={t("notices.department")}
          placeholder={t("notices.department")}
          style={{ minWidth: 200 }}
          value={department}
          onChange={setDepartment}
          options={departments.map((value) => ({ value, label: value }))}
        />
        <Checkbox checked={isOpen} onChange={(event) => setOpen(event.target.checked)}>
          {t("notices.onlyOpen")}
        </Checkbox>
      </div>
      <Table<NoticeBrief>
        rowKey="id"
        size="small"
        scroll={{ x: "max-content" }}
        pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
        dataSource={shown}
        columns={[
          {
            title: t("notices.department"),
            render: (_, one) => <Link to={`/notices/${one.id}`}>{one.department}</Link>,
          },
          {
            title: t("notices.plan"),
            render: (_, one) => (
              <>
                {one.plan_name} <State notice={one} />
              </>
            ),
          },
          { title: t("notices.from"), render: (_, one) => day(one.valid_from) },
          { title: t("notices.answerBy"), render: (_, one) => (one.answer_by ? moment(one.answer_by) : "–") },
          ...(["grids", "duties", "cases"] as const).map((noun) => ({
            title: t(`notices.noun.${noun}`),
            align: "right" as const,
            render: (_: unknown, one: NoticeBrief) => balance(one.counts[`${noun}_gained`], one.counts[`${noun}_lost`]),
          })),
          {
            title: t("notices.objections"),
            align: "right",
            render: (_, one) =>
              one.open_objections > 0 ? (
                <Badge status="warning" text={t("notices.open", { shown: number(one.open_objections) })} />
              ) : (
                "–"
              ),
          },
          { title: t("notices.given"), render: (_, one) => `${moment(one.given_at)} · ${one.given_by}` },
        ]}
      />
    </>
  );
}

export function State({ notice }: { notice: Pick<NoticeBrief, "plan_status" | "is_current"> }) {
  const { t } = useTranslation("operator");
  if (notice.plan_status === "published") return <Tag color="#2e7d32">{t("notices.published")}</Tag>;
  return notice.is_current ? <Tag>{t("notices.current")}</Tag> : <Tag color="#b45309">{t("notices.outdated")}</Tag>;
}

function balance(gained = 0, lost = 0): string {
  return gained + lost === 0 ? "–" : `+${number(gained)} / −${number(lost)}`;
}
