import { useQuery } from "@tanstack/react-query";
import { Input, Table } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { day } from "@/shared/format";
import { Loaded } from "@/shared/States";

interface Post {
  post: number;
  term: number;
  name: string | null;
  role: string;
  network: string;
  grid: string;
  department: string | null;
  shift: string;
  valid_from: string | null;
  valid_until: string | null;
}

interface Role {
  code: string;
  name: string;
}

/** Who holds which role on which grid. */
export function Posts() {
  const { t } = useTranslation("admin");
  const [wanted, setWanted] = useState("");
  const posts = useQuery({
    queryKey: ["posts"],
    queryFn: () => answer<{ posts: Post[] }>(api.GET("/api/v1/posts", { params: { query: { limit: 1000 } } })),
  });
  const roles = useQuery({
    queryKey: ["staff", "roles"],
    queryFn: () => answer<Role[]>(api.GET("/api/v1/staff/roles")),
  });
  const names = useMemo(() => new Map((roles.data ?? []).map((role) => [role.code, role.name])), [roles.data]);
  const fits = (post: Post) =>
    [post.name, post.grid, post.department, names.get(post.role)].some((text) => text?.includes(wanted));
  return (
    <>
      <Input.Search
        allowClear
        aria-label={t("staff.search")}
        placeholder={t("staff.search")}
        style={{ maxWidth: 320, marginBottom: 12 }}
        onSearch={(text) => setWanted(text.trim())}
      />
      <Loaded of={posts}>
        {(found) => (
          <Table
            rowKey="term"
            size="small"
            scroll={{ x: "max-content" }}
            pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
            locale={{ emptyText: t("staff.none") }}
            dataSource={found.posts.filter(fits)}
            columns={[
              { title: t("column.name"), dataIndex: "name" },
              { title: t("column.role"), render: (_, post) => names.get(post.role) ?? post.role },
              { title: t("column.network"), dataIndex: "network" },
              { title: t("column.grid"), dataIndex: "grid", sorter: (a, b) => a.grid.localeCompare(b.grid) },
              { title: t("column.department"), dataIndex: "department" },
              { title: t("column.shift"), render: (_, post) => post.shift || t("staff.always") },
              {
                title: t("column.valid"),
                render: (_, post) => `${day(post.valid_from)} – ${post.valid_until ? day(post.valid_until) : ""}`,
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
