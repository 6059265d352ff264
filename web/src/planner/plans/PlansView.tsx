import { PlusOutlined } from "@ant-design/icons";
import { Button, Modal, Table, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { moment, number, share } from "@/shared/format";
import { useNetworkNames } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { useSession } from "@/shared/session";
import { NewPlan } from "./NewPlan";
import type { Plan } from "./plan";
import { usePlans } from "./queries";

const STATUS_COLOR = { draft: "#595959", consolidated: "#1d4ed8", divided: "#0b6b74", published: "#2e7d32" } as const;

/** All plans, newest first, and a form for another. */
export default function PlansView() {
  const { t } = useTranslation("planner");
  const { can } = useSession();
  const [isNew, setNew] = useState(false);
  const plans = usePlans();
  return (
    <div className="sheet">
      <div className="row spread">
        <h1>{t("plans.title")}</h1>
        {can("plan") && (
          <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setNew(true)}>
            {t("plans.new")}
          </Button>
        )}
      </div>
      <Loaded of={plans} empty={t("plans.none")}>
        {(known) => <PlanTable plans={[...known].reverse()} />}
      </Loaded>
      <Modal open={isNew} title={t("plans.new")} footer={null} onCancel={() => setNew(false)} destroyOnHidden>
        <NewPlan />
      </Modal>
    </div>
  );
}

function PlanTable({ plans }: { plans: Plan[] }) {
  const { t } = useTranslation("planner");
  const nameOf = useNetworkNames();
  return (
    <Table
      rowKey="id"
      pagination={plans.length > 20 ? { pageSize: 20 } : false}
      scroll={{ x: "max-content" }}
      dataSource={plans}
      columns={[
        { title: t("plans.name"), render: (_, plan) => <Link to={`/plans/${plan.id}`}>{plan.name}</Link> },
        {
          title: t("plans.status"),
          render: (_, plan) => <Tag color={STATUS_COLOR[plan.status]}>{t(`plans.is.${plan.status}`)}</Tag>,
        },
        { title: t("plans.networks"), render: (_, plan) => Object.keys(plan.networks).map(nameOf).join(" · ") },
        { title: t("plans.pieces"), align: "right", render: (_, plan) => number(plan.consolidation?.pieces) },
        { title: t("plans.grids"), align: "right", render: (_, plan) => number(plan.score?.grids) },
        { title: t("plans.total"), align: "right", render: (_, plan) => share(plan.score?.total) },
        {
          title: t("plans.breaches"),
          align: "right",
          render: (_, plan) => (plan.breaches.length > 0 ? <Tag color="#c0262d">{plan.breaches.length}</Tag> : "–"),
        },
        { title: t("plans.made"), render: (_, plan) => `${moment(plan.created_at)} · ${plan.created_by}` },
      ]}
    />
  );
}
