import { Tag } from "antd";
import { type ComponentType, lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useParams } from "react-router";
import type { Scope } from "@/shared/api/answers";
import { Loaded } from "@/shared/States";
import { useSession } from "@/shared/session";
import { Guide } from "../tour/Guide";
import type { Plan } from "./plan";
import { usePlan } from "./queries";

interface Tab {
  key: string;
  view: ComponentType<{ plan: Plan }>;
  scope: Scope;
  isOpen: (plan: Plan) => boolean;
}

const hasGrids = (plan: Plan) => plan.status === "divided" || plan.status === "published";

const TABS: Tab[] = [
  { key: "setup", view: lazy(() => import("./setup/SetupTab")), scope: "lookup", isOpen: () => true },
  { key: "result", view: lazy(() => import("./result/ResultTab")), scope: "lookup", isOpen: hasGrids },
  {
    key: "edit",
    view: lazy(() => import("./edit/EditTab")),
    scope: "plan",
    isOpen: (plan) => plan.status === "divided",
  },
  { key: "compare", view: lazy(() => import("./compare/CompareTab")), scope: "lookup", isOpen: hasGrids },
  { key: "replay", view: lazy(() => import("./replay/ReplayTab")), scope: "lookup", isOpen: hasGrids },
  {
    key: "consultation",
    view: lazy(() => import("./consultation/ConsultationTab")),
    scope: "plan",
    isOpen: hasGrids,
  },
  { key: "publish", view: lazy(() => import("./publish/PublishTab")), scope: "plan", isOpen: hasGrids },
];

/** The workspace of one plan: a row of tabs that follow the work, each with its panel and its map. */
export default function PlanView() {
  const { plan: id } = useParams();
  return <Loaded of={usePlan(Number(id))}>{(plan) => <Workspace plan={plan} />}</Loaded>;
}

function Workspace({ plan }: { plan: Plan }) {
  const { t } = useTranslation("planner");
  const { tab } = useParams();
  const { can } = useSession();
  const open = TABS.filter((one) => can(one.scope) && one.isOpen(plan));
  const current = open.find((one) => one.key === tab);
  if (!current) return <Navigate to={`/plans/${plan.id}/${hasGrids(plan) ? "result" : "setup"}`} replace />;
  return (
    <>
      <div className="strip">
        <Link to="/plans">{t("plans.title")}</Link>
        <span aria-hidden>/</span>
        <strong>{plan.name}</strong>
        <Tag>{t(`plans.is.${plan.status}`)}</Tag>
        <Guide tour="plan" />
        <nav aria-label={t("plan.tabs")}>
          {open.map((one) => (
            <Link key={one.key} to={`/plans/${plan.id}/${one.key}`} aria-current={one === current ? "page" : undefined}>
              {t(`plan.tab.${one.key}`)}
            </Link>
          ))}
        </nav>
      </div>
      <Suspense>
        <current.view key={plan.id} plan={plan} />
      </Suspense>
    </>
  );
}
