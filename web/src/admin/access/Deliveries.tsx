import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, DatePicker, Segmented, Table, Tag } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { moment, number } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { type Delivery, STATUSES, type Status, type Subscription } from "./subscription";

const COLORS = { waiting: "#0072b2", delivered: "#2e7d32", dead: "#c0262d" } as const;
const OFTEN = 5_000;
type Page = { deliveries: Delivery[]; next: number | null };
type Replay = { since?: string; from_id?: string; dead?: boolean };

/** What was sent to a subscription and what it answered; sent again from a moment, a message, or what is dead. */
export function Deliveries({ subscription }: { subscription: Subscription }) {
  const { t } = useTranslation("admin");
  const [status, setStatus] = useState<Status | "all">("all");
  const id = subscription.id;
  const path = { subscription_id: id };
  const pages = useInfiniteQuery({
    queryKey: ["subscriptions", id, "deliveries", status],
    queryFn: ({ pageParam }) =>
      answer<Page>(
        api.GET("/api/v1/subscriptions/{subscription_id}/deliveries", {
          params: {
            path,
            query: { ...(status === "all" ? {} : { status }), ...(pageParam ? { before: pageParam } : {}) },
          },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    refetchInterval: OFTEN,
  });
  return (
    <>
      <div className="row filters">
        <Segmented
          aria-label={t("subscriptions.status")}
          value={status}
          onChange={setStatus}
          options={["all" as const, ...STATUSES].map((value) => ({ value, label: t(`subscriptions.is.${value}`) }))}
        />
        {!subscription.ended_at && <SendAgain subscription={subscription} />}
      </div>
      <Loaded of={pages}>
        {(found) => (
          <>
            <DeliveryTable rows={found.pages.flatMap((page) => page.deliveries)} subscription={subscription} />
            {pages.hasNextPage && (
              <Button onClick={() => pages.fetchNextPage()} loading={pages.isFetchingNextPage}>
                {t("subscriptions.earlier")}
              </Button>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

function DeliveryTable({ rows, subscription }: { rows: readonly Delivery[]; subscription: Subscription }) {
  const { t } = useTranslation("admin");
  const replay = useReplay(subscription.id);
  return (
    <>
      {replay.error && <ProblemNotice error={replay.error} />}
      <Table
        rowKey="number"
        size="small"
        pagination={false}
        scroll={{ x: "max-content", y: 320 }}
        locale={{ emptyText: t("subscriptions.noDeliveries") }}
        dataSource={rows}
        columns={[
          { title: t("subscriptions.message"), dataIndex: "id" },
          { title: t("subscriptions.type"), dataIndex: "type" },
          { title: t("access.at"), render: (_, row) => moment(row.at) },
          {
            title: t("subscriptions.status"),
            render: (_, row) => <Tag color={COLORS[row.status]}>{t(`subscriptions.is.${row.status}`)}</Tag>,
          },
          { title: t("subscriptions.attempts"), align: "right", dataIndex: "attempts" },
          { title: t("subscriptions.answer"), render: (_, row) => row.answer ?? row.problem },
          { title: t("subscriptions.nextTry"), render: (_, row) => (row.next_at ? moment(row.next_at) : "") },
          {
            title: "",
            render: (_, row) =>
              subscription.ended_at === null && (
                <Button size="small" onClick={() => replay.mutate({ from_id: row.id })}>
                  {t("subscriptions.fromHere")}
                </Button>
              ),
          },
        ]}
      />
    </>
  );
}

function SendAgain({ subscription }: { subscription: Subscription }) {
  const { t } = useTranslation("admin");
  const [since, setSince] = useState<Dayjs | null>(null);
  const replay = useReplay(subscription.id);
  return (
    <>
      <DatePicker showTime aria-label={t("subscriptions.since")} value={since} onChange={setSince} />
      <Button
        disabled={since === null}
        loading={replay.isPending}
        onClick={() => since && replay.mutate({ since: since.toISOString() })}
      >
        {t("subscriptions.replay")}
      </Button>
      <Button disabled={subscription.deliveries.dead === 0} onClick={() => replay.mutate({ dead: true })}>
        {t("subscriptions.replayDead")}
      </Button>
      {replay.error && <ProblemNotice error={replay.error} />}
      {replay.data && <Alert type="success" title={t("subscriptions.sent", { shown: number(replay.data.messages) })} />}
    </>
  );
}

function useReplay(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Replay) =>
      answer<{ messages: number }>(
        api.POST("/api/v1/subscriptions/{subscription_id}/replay", {
          params: { path: { subscription_id: id } },
          body: { dead: false, ...body },
        }),
      ),
    onSuccess: () => refresh(queries, "subscriptions"),
  });
}
