import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Input, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { moment } from "@/shared/format";
import { Loaded } from "@/shared/States";

interface Entry {
  id: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  origin: string;
}

interface Page {
  entries: Entry[];
  next: number | null;
}

/** Who changed what, newest first; nothing in it can be changed. */
export function AuditTrail() {
  const { t } = useTranslation("admin");
  const [actor, setActor] = useState("");
  const trail = useInfiniteQuery({
    queryKey: ["audit", actor],
    queryFn: ({ pageParam }) =>
      answer<Page>(
        api.GET("/api/v1/audit", {
          params: { query: { limit: 100, ...(actor ? { actor } : {}), ...(pageParam ? { before: pageParam } : {}) } },
        }),
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  });
  return (
    <>
      <Input.Search
        allowClear
        aria-label={t("access.actor")}
        placeholder={t("access.actor")}
        style={{ maxWidth: 320, marginBottom: 12 }}
        onSearch={(text) => setActor(text.trim())}
      />
      <Loaded of={trail}>
        {(found) => (
          <Table
            rowKey="id"
            size="small"
            pagination={false}
            scroll={{ x: "max-content" }}
            dataSource={found.pages.flatMap((page) => page.entries)}
            expandable={{ expandedRowRender: (entry) => <Change entry={entry} /> }}
            columns={[
              { title: t("access.at"), render: (_, entry) => moment(entry.at) },
              { title: t("access.who"), dataIndex: "actor" },
              {
                title: t("access.did"),
                render: (_, entry) => t(`audit.${entry.action}`, { defaultValue: entry.action }),
              },
              { title: t("access.what"), dataIndex: "subject" },
              { title: t("access.from"), dataIndex: "origin" },
            ]}
          />
        )}
      </Loaded>
      {trail.hasNextPage && (
        <Button onClick={() => trail.fetchNextPage()} loading={trail.isFetchingNextPage}>
          {t("access.earlier")}
        </Button>
      )}
    </>
  );
}

function Change({ entry }: { entry: Entry }) {
  const { t } = useTranslation("admin");
  return (
    <pre>
      {entry.before && `${t("access.before")} ${JSON.stringify(entry.before, null, 2)}\n`}
      {entry.after && `${t("access.after")} ${JSON.stringify(entry.after, null, 2)}`}
    </pre>
  );
}
