import { Table } from "antd";
import { useTranslation } from "react-i18next";
import { day } from "@/shared/format";
import { useNetworkNames } from "@/shared/queries";
import type { Post } from "./terms";

/** Terms of posts: who, in which role, where, when. */
export function PostTable({ posts, nameOf }: { posts: readonly Post[]; nameOf: (role: string) => string }) {
  const { t } = useTranslation("admin");
  const networkName = useNetworkNames();
  return (
    <Table
      rowKey="term"
      size="small"
      scroll={{ x: "max-content" }}
      pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
      locale={{ emptyText: t("staff.none") }}
      dataSource={posts}
      columns={[
        { title: t("column.name"), dataIndex: "name" },
        { title: t("column.role"), render: (_, post) => nameOf(post.role) },
        { title: t("column.network"), render: (_, post) => networkName(post.network) },
        { title: t("column.grid"), dataIndex: "grid", sorter: (a, b) => a.grid.localeCompare(b.grid) },
        { title: t("column.department"), dataIndex: "department" },
        { title: t("column.shift"), render: (_, post) => post.shift || t("staff.always") },
        {
          title: t("column.valid"),
          render: (_, post) => `${day(post.valid_from)} – ${post.valid_until ? day(post.valid_until) : ""}`,
        },
      ]}
    />
  );
}
