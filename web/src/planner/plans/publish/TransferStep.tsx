import { useQuery } from "@tanstack/react-query";
import { Alert, Table, Tag } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answer, api } from "@/shared/api/client";
import { number } from "@/shared/format";
import { useNetworkNames } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import type { Plan } from "../plan";

interface Transfers {
  posts: number;
  unsure: number;
  transfers: {
    id?: number;
    post?: number;
    name: string;
    role: string;
    network?: string;
    grid: string;
    to: string | null;
    sure: boolean;
    reason: string;
  }[];
}

/** Where the lineage sends every post: decided by admins, seen here before publishing. */
export function TransferStep({ plan }: { plan: Plan }) {
  const { t } = useTranslation("planner");
  const networkName = useNetworkNames();
  const transfers = useQuery({
    queryKey: ["plan", plan.id, "transfers", plan.version],
    queryFn: () =>
      answer<Transfers>(api.GET("/api/v1/staff/transfers/{plan_id}", { params: { path: { plan_id: plan.id } } })),
  });
  return (
    <Loaded of={transfers}>
      {(found) =>
        found.posts === 0 ? (
          <Alert type="info" showIcon title={t("publish.noPosts")} />
        ) : (
          <>
            <p>
              {t("publish.posts", { posts: number(found.posts), unsure: number(found.unsure) })}{" "}
              <Link to={`/transfers/${plan.id}`}>{t("publish.decide")}</Link>
            </p>
            <Table
              size="small"
              rowKey={(row) => `${row.id ?? row.post}-${row.grid}-${row.role}`}
              dataSource={found.transfers}
              pagination={{ pageSize: 10, hideOnSinglePage: true }}
              scroll={{ x: "max-content" }}
              columns={[
                { title: t("publish.person"), dataIndex: "name" },
                { title: t("publish.role"), dataIndex: "role" },
                {
                  title: t("publish.from"),
                  render: (_, row) => `${row.network ? networkName(row.network) : ""} ${row.grid}`,
                },
                { title: t("publish.to"), render: (_, row) => row.to ?? "–" },
                {
                  title: t("publish.sure"),
                  render: (_, row) => (
                    <Tag color={row.sure ? "#2e7d32" : "#b45309"}>
                      {t(row.sure ? "publish.isSure" : "publish.isUnsure")}
                    </Tag>
                  ),
                },
                { title: t("edit.reason"), dataIndex: "reason" },
              ]}
            />
          </>
        )
      }
    </Loaded>
  );
}
