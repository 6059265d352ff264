import { Table, Tag } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { moment } from "@/shared/format";
import { Countdown } from "./Countdown";
import type { ChoosableCases } from "./case";
import { LightMark } from "./LightMark";
import { useMatterNames } from "./queries";

/** With `chosen`, rows can be chosen. */
export function CaseTable({ cases, chosen, onChoose }: ChoosableCases) {
  const { t } = useTranslation("operator");
  const matterName = useMatterNames();
  return (
    <Table
      rowKey="id"
      rowSelection={
        chosen && {
          selectedRowKeys: [...chosen],
          onChange: (keys) => onChoose?.(keys.map(Number)),
          hideSelectAll: true, // the row that measures columns would hold another, hidden yet in the way of the keyboard
          getCheckboxProps: (one) => ({ "aria-label": t("many.choose", { event: one.id }) }) as object,
        }
      }
      size="small"
      dataSource={cases}
      pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
      scroll={{ x: "max-content" }}
      locale={{ emptyText: t("cases.none") }}
      columns={[
        { title: "", width: 36, render: (_, one) => <LightMark light={one.light} /> },
        {
          title: t("cases.number"),
          sorter: (a, b) => a.id - b.id,
          render: (_, one) => <Link to={`/cases/${one.id}`}>{one.id}</Link>,
        },
        { title: t("cases.matter"), render: (_, one) => matterName(one.matter) ?? "–" },
        { title: t("cases.what"), ellipsis: true, width: 180, render: (_, one) => one.text || one.address || "–" },
        { title: t("cases.grid"), render: (_, one) => one.grid ?? <Tag>{t(`stage.${one.routing}`)}</Tag> },
        { title: t("cases.status"), render: (_, one) => t(`stage.${one.status}`) },
        { title: t("cases.holder"), render: (_, one) => one.holder || one.owner },
        {
          title: t("cases.due"),
          sorter: (a, b) => (a.due_at ?? "9").localeCompare(b.due_at ?? "9"),
          render: (_, one) => <Countdown due={one.due_at} isOpen={one.light !== null} isDone={one.light === "green"} />,
        },
        { title: t("cases.reported"), render: (_, one) => moment(one.reported_at) },
      ]}
    />
  );
}
