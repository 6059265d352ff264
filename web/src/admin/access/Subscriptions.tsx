import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Badge, Button, Popconfirm, Table, Tag, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { moment, number } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { Deliveries } from "./Deliveries";
import { NewSubscription } from "./NewSubscription";
import type { Subscription } from "./subscription";

const OFTEN = 10_000;

/** Who is told by webhook: added with a secret that is shown once, tried, looked into, ended. */
export function Subscriptions() {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [secret, setSecret] = useState<string | null>(null);
  const subscriptions = useQuery({
    queryKey: ["subscriptions"],
    queryFn: () => answer<Subscription[]>(api.GET("/api/v1/subscriptions")),
    refetchInterval: OFTEN,
  });
  const done = () => refresh(queries, "subscriptions");
  const path = (id: number) => ({ params: { path: { subscription_id: id } } });
  const end = useMutation({
    mutationFn: (id: number) => api.DELETE("/api/v1/subscriptions/{subscription_id}", path(id)),
    onSuccess: done,
  });
  const attempt = useMutation({
    mutationFn: (id: number) => answer(api.POST("/api/v1/subscriptions/{subscription_id}/test", path(id))),
    onSuccess: done,
  });
  const rotate = useMutation({
    mutationFn: (id: number) =>
      answer<{ secret: string }>(
        api.POST("/api/v1/subscriptions/{subscription_id}/secret", { ...path(id), body: { overlap_hours: 24 } }),
      ),
    onSuccess: (made) => {
      setSecret(made.secret);
      done();
    },
  });
  const error = end.error ?? attempt.error ?? rotate.error;
  return (
    <>
      <NewSubscription onSecret={setSecret} />
      {error && <ProblemNotice error={error} />}
      {secret && (
        <Alert
          type="warning"
          title={t("subscriptions.once")}
          description={<Typography.Text copyable>{secret}</Typography.Text>}
        />
      )}
      <Loaded of={subscriptions} empty={t("subscriptions.none")}>
        {(found) => (
          <Table
            rowKey="id"
            size="small"
            style={{ marginTop: 12 }}
            pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
            scroll={{ x: "max-content" }}
            dataSource={found}
            expandable={{ expandedRowRender: (one) => <Deliveries subscription={one} /> }}
            columns={[
              { title: t("subscriptions.address"), dataIndex: "url" },
              {
                title: t("subscriptions.types"),
                render: (_, one) => one.types.map((each) => <Tag key={each}>{each}</Tag>),
              },
              { title: t("column.department"), render: (_, one) => one.department || t("subscriptions.everybody") },
              { title: t("subscriptions.deliveries"), render: (_, one) => <Counts subscription={one} /> },
              { title: t("access.since"), render: (_, one) => `${moment(one.created_at)} · ${one.created_by}` },
              {
                title: "",
                render: (_, one) =>
                  one.ended_at ? (
                    <Tag color="red">{t("subscriptions.ended", { at: moment(one.ended_at), why: one.ended_why })}</Tag>
                  ) : (
                    <div className="row">
                      <Button size="small" onClick={() => attempt.mutate(one.id)}>
                        {t("subscriptions.test")}
                      </Button>
                      <Popconfirm title={t("subscriptions.sureRotate")} onConfirm={() => rotate.mutate(one.id)}>
                        <Button size="small">{t("subscriptions.rotate")}</Button>
                      </Popconfirm>
                      <Popconfirm title={t("subscriptions.sureEnd")} onConfirm={() => end.mutate(one.id)}>
                        <Button size="small" danger>
                          {t("subscriptions.end")}
                        </Button>
                      </Popconfirm>
                    </div>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}

function Counts({ subscription }: { subscription: Subscription }) {
  const { t } = useTranslation("admin");
  const { waiting, delivered, dead } = subscription.deliveries;
  return (
    <div className="row">
      <Badge status="processing" text={t("subscriptions.count.waiting", { shown: number(waiting) })} />
      <Badge status="success" text={t("subscriptions.count.delivered", { shown: number(delivered) })} />
      {dead > 0 && <Badge status="error" text={t("subscriptions.count.dead", { shown: number(dead) })} />}
      {subscription.held_until && new Date(subscription.held_until) > new Date() && (
        <span className="quiet">{t("subscriptions.held", { at: moment(subscription.held_until) })}</span>
      )}
    </div>
  );
}
