import { useQuery } from "@tanstack/react-query";
import { Card, Statistic, Table, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { number } from "@/shared/format";
import { useNetworkNames } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { reasonWords, type Said } from "../reasons";
import { useRoleNames } from "./terms";

const KINDS = ["vacancies", "surpluses", "doubles", "overloads", "strays"] as const;
type Kind = (typeof KINDS)[number];

interface Row {
  network?: string;
  grid?: string;
  role?: string;
  name?: string | null;
  why?: string;
  proposal?: { name?: string | null; why?: string; reason?: string; said?: Said | null } | null;
}

type Audit = { grids: number; posts: number; people: number } & Record<Kind, { count: number; rows: Row[] }>;

/** What breaks the staffing rules today: vacancies, doubles, overloads, each with a proposal. */
export function Gaps() {
  const { t } = useTranslation("admin");
  const networkName = useNetworkNames();
  const roleName = useRoleNames();
  const [kind, setKind] = useState<Kind>("vacancies");
  const audit = useQuery({
    queryKey: ["staff", "audit"],
    queryFn: () => answer<Audit>(api.GET("/api/v1/staff/audit")),
  });
  return (
    <Loaded of={audit}>
      {(found) => (
        <>
          <div className="cards">
            {KINDS.map((each) => (
              <Card
                key={each}
                size="small"
                hoverable
                role="button"
                tabIndex={0}
                aria-pressed={each === kind}
                onClick={() => setKind(each)}
                onKeyDown={(event) => event.key === "Enter" && setKind(each)}
              >
                <Statistic title={t(`gap.${each}`)} value={number(found[each].count)} />
              </Card>
            ))}
          </div>
          <Table
            rowKey={(row) => JSON.stringify(row)}
            size="small"
            style={{ marginTop: 12 }}
            scroll={{ x: "max-content" }}
            pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
            dataSource={found[kind].rows}
            columns={[
              { title: t("column.network"), render: (_, row) => row.network && networkName(row.network) },
              { title: t("column.grid"), dataIndex: "grid" },
              { title: t("column.role"), render: (_, row) => row.role && roleName(row.role) },
              { title: t("column.name"), dataIndex: "name" },
              {
                title: t("column.proposal"),
                render: (_, row) =>
                  row.proposal ? (
                    <>
                      {row.proposal.name && <Tag>{row.proposal.name}</Tag>}
                      {reasonWords(
                        row.proposal.said && [row.proposal.said],
                        row.proposal.why ?? row.proposal.reason ?? "",
                        t,
                      )}
                    </>
                  ) : null,
              },
            ]}
          />
        </>
      )}
    </Loaded>
  );
}
