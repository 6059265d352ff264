import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Input, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { day } from "@/shared/format";
import { sayLimits } from "@/shared/limits";
import { useRoleName } from "@/shared/names";
import { Loaded } from "@/shared/States";
import { useSession } from "@/shared/session";
import { DutyForm } from "./DutyForm";
import { type Duty, scopeName } from "./duty";
import { EndDuty } from "./EndDuty";

const PAGE = 50;

/** Duty lines in force, by matter or department. */
export function DutyList() {
  const { t } = useTranslation("admin");
  const roleName = useRoleName();
  const [lead, setLead] = useState("");
  const [page, setPage] = useState(1);
  const { can } = useSession();
  const [edited, edit] = useState<Duty | "new" | null>(null);
  const [ended, end] = useState<Duty | null>(null);
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
      <div className="row spread">
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
        {can("admin") && <Button onClick={() => edit("new")}>{t("duties.newLine")}</Button>}
      </div>
      {edited && <DutyForm duty={edited === "new" ? null : edited} onClose={() => edit(null)} />}
      {ended && <EndDuty duty={ended} onClose={() => end(null)} />}
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
              { title: t("column.scope"), render: (_, duty) => scopeName(duty.scope, t) },
              { title: t("column.lead"), dataIndex: "lead" },
              { title: t("column.role"), dataIndex: "role", render: roleName },
              { title: t("column.assistants"), render: (_, duty) => duty.assistants.join("、") },
              { title: t("column.limits"), render: (_, duty) => sayLimits(duty.limits, t) },
              { title: t("column.valid"), render: (_, duty) => day(duty.valid_from) },
              {
                key: "actions",
                hidden: !can("admin"),
                render: (_, duty) => (
                  <>
                    <Button type="link" size="small" onClick={() => edit(duty)}>
                      {t("duties.change")}
                    </Button>
                    <Button type="link" size="small" danger onClick={() => end(duty)}>
                      {t("duties.withdraw")}
                    </Button>
                  </>
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
