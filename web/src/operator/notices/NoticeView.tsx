import { Descriptions, Table, Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { day, moment, number, share } from "@/shared/format";
import { useNetworkNames } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { useSession } from "@/shared/session";
import { CaseLink } from "../scores/CaseLinks";
import { State } from "./NoticesView";
import { cell, columnsOf, LISTS, type Notice, type Row } from "./notice";
import { Objections } from "./Objections";
import { useNotice } from "./queries";

/** A notice: what the department gains and loses, list by list, and what it objects to. */
export default function NoticeView() {
  const { notice } = useParams();
  return (
    <div className="sheet">
      <Loaded of={useNotice(Number(notice))}>{(found) => <Told notice={found} />}</Loaded>
    </div>
  );
}

function Told({ notice }: { notice: Notice }) {
  const { t } = useTranslation("operator");
  const { can } = useSession();
  const filled = LISTS.filter((list) => (notice.lists[list] ?? []).length > 0);
  const facts = [
    [
      "plan",
      can("plan") ? (
        <Link key="plan" to={`/plans/${notice.plan}`}>
          {notice.plan_name}
        </Link>
      ) : (
        notice.plan_name
      ),
    ],
    ["from", day(notice.valid_from)],
    ["answerBy", notice.answer_by ? moment(notice.answer_by) : "–"],
    ["given", `${moment(notice.given_at)} · ${notice.given_by}`],
  ] as const;
  return (
    <>
      <p>
        <Link to="/notices">{t("notices.title")}</Link>
      </p>
      <div className="row spread">
        <h1>
          {t("notices.to", { department: notice.department })} <State notice={notice} />
        </h1>
        <a href={`/api/v1/notices/${notice.id}.xlsx`} download={`notice-${notice.id}.xlsx`}>
          {t("notices.xlsx")}
        </a>
      </div>
      <Descriptions
        size="small"
        bordered
        column={{ xs: 1, md: 2 }}
        items={facts.map(([key, children]) => ({ key, label: t(`notices.${key}`), children }))}
      />
      <h2>{t("notices.changes")}</h2>
      {filled.length === 0 ? (
        <p className="quiet">{t("notices.nothing")}</p>
      ) : (
        <Tabs
          items={filled.map((list) => ({
            key: list,
            label: `${t(`notices.list.${list}`)} ${number(notice.counts[list])}`,
            children: <ListTable rows={notice.lists[list] ?? []} />,
          }))}
        />
      )}
      <Objections notice={notice} />
    </>
  );
}

function ListTable({ rows }: { rows: readonly Row[] }) {
  const { t } = useTranslation("operator");
  const networkName = useNetworkNames();
  const kinds = (value: unknown) => t(`notices.kind.${value}`, { defaultValue: String(value ?? "") });
  return (
    <Table<Row>
      rowKey={(row) => JSON.stringify(row)}
      size="small"
      scroll={{ x: "max-content" }}
      pagination={{ defaultPageSize: 10, hideOnSinglePage: true }}
      dataSource={rows}
      columns={columnsOf(rows).map((name) => ({
        title: t(`notices.column.${name}`, { defaultValue: name }),
        render: (_: unknown, row: Row) => {
          if (name === "event" && typeof row.event === "number") return <CaseLink event={row.event} />;
          if (name === "kind") return kinds(row.kind);
          if (name === "network") return networkName(String(row.network));
          return <span className="wrapped">{cell(name, row[name], share)}</span>;
        },
      }))}
    />
  );
}
