import { Table } from "antd";
import { useTranslation } from "react-i18next";
import type { Checked } from "./check";

const ROWS = 20;

/** The first rows of the file's own attributes: wrong encodings show here. */
export function Attributes({ checked }: { checked: Checked }) {
  const { t } = useTranslation("planner");
  const rows = checked.features.features.slice(0, ROWS).map((feature) => feature.properties);
  return (
    <Table
      size="small"
      rowKey="row"
      pagination={false}
      scroll={{ x: "max-content", y: 320 }}
      dataSource={rows}
      columns={[
        { title: t("import.row"), dataIndex: "row", fixed: "left" },
        ...checked.preview.fields.map((field) => ({
          title: field,
          key: field,
          render: (_: unknown, row: (typeof rows)[number]) => row.attributes[field] ?? "",
        })),
      ]}
    />
  );
}
