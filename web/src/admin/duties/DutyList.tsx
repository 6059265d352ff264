import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Input, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { day } from "@/shared/format";
import { Loaded } from "@/shared/States";

export interface Duty {
  number: string;
  list?: string;
  kind: string;
  code: string;
  scope: string;
  lead: string;
  role: string | null;
  assistants: string[];
  limits: string;
  valid_from?: string | null;
}

const PAGE = 50;

/** Duty lines in force, by matter or department. */
export function DutyList() {
  const { t } = useTranslation("admin");
  const [lead, setLead] = useState("");
  const [page, setPage] = useState(1);
  const duties = useQuery({
    queryKey: ["duties", "list", lead, page],
    queryFn: () =>
      answer<{ total: number; duties: Duty[] }>(
        api.GET("/api/v1/duties", {
          params: { query: { limit: PAGE, offset: (page - 1) * PAGE, ...(lead ? { lead } : {}) } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <Input.Search
        allowClear
        aria-label={t("duties.lead")}
        placeholder={t("duties.lead")}
        style={{ maxWidth: 320, marginBottom: 12 }}
        onSearch={(text) => {
          setLead(text.trim());
          setPage(1);
        }}
      />
      <Loaded of={duties}>
        {(found) => (
          <Table
            rowKey="number"
            size="small"
            scroll={{ x: "max-content" }}
            locale={{ emptyText: t("duties.none") }}
            pagination={{
              pageSize: PAGE,
              total: found.total,
              current: page,
              onChange: setPage,
              showSizeChanger: false,
            }}
            dataSource={found.duties}
            columns={[
              { title: t("column.number"), dataIndex: "number" },
              { title: t("column.code"), dataIndex: "code" },
              { title: t("column.scope"), dataIndex: "scope" },
              { title: t("column.lead"), dataIndex: "lead" },
              { title: t("column.role"), dataIndex: "role" },
              { title: t("column.assistants"), render: (_, duty) => duty.assistants.join("、") },
              { title: t("column.limits"), dataIndex: "limits" },
              { title: t("column.valid"), render: (_, duty) => day(duty.valid_from) },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
