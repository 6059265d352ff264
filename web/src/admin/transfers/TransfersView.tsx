import { Alert, Empty, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useNavigate, useParams } from "react-router";
import { moment } from "@/shared/format";
import { Loaded } from "@/shared/States";
import { useSession } from "@/shared/session";
import { Effect } from "./Effect";
import { ProposalsBoard } from "./ProposalsBoard";
import { Propose } from "./Propose";
import { type PlanBrief, useDividedPlans, useProposals } from "./queries";
import { TransferFigures } from "./TransferFigures";
import type { Proposals } from "./transfer";

/** Where the posts of a plan's networks go: proposed with reasons, decided by people, in force with the edition. */
export default function TransfersView() {
  const { t } = useTranslation("admin");
  const { plan: id } = useParams();
  const go = useNavigate();
  const { can } = useSession();
  const plans = useDividedPlans();
  return (
    <div className="sheet">
      <div className="row spread">
        <h1>{t("transfers.title")}</h1>
        <div className="row">
          {can("admin") && <Link to="/staff">{t("staff.title")}</Link>}
          {plans.data && plans.data.length > 0 && (
            <Select
              aria-label={t("transfers.plan")}
              style={{ minWidth: 220 }}
              value={id ? Number(id) : undefined}
              onChange={(chosen) => go(`/transfers/${chosen}`)}
              options={plans.data.map((plan) => ({ value: plan.id, label: plan.name }))}
            />
          )}
        </div>
      </div>
      <Loaded of={plans}>
        {(known) => {
          const [newest] = known;
          if (!newest) return <Empty description={t("transfers.noPlan")} />;
          const plan = known.find((one) => one.id === Number(id));
          return plan ? <OfPlan key={plan.id} plan={plan} /> : <Navigate to={`/transfers/${newest.id}`} replace />;
        }}
      </Loaded>
    </div>
  );
}

function OfPlan({ plan }: { plan: PlanBrief }) {
  const { t } = useTranslation("admin");
  const { can } = useSession();
  return (
    <Loaded of={useProposals(plan.id)}>
      {(proposals) =>
        proposals === null ? (
          <Empty description={t("transfers.none")}>{can("admin") && <Propose plan={plan} />}</Empty>
        ) : (
          <Kept plan={plan} proposals={proposals} />
        )
      }
    </Loaded>
  );
}

function Kept({ plan, proposals }: { plan: PlanBrief; proposals: Proposals }) {
  const { t } = useTranslation("admin");
  const { can } = useSession();
  const made = { at: moment(proposals.created_at), by: proposals.created_by, held: moment(proposals.at) };
  return (
    <>
      <p className="quiet">{t("transfers.made", made)}</p>
      {!proposals.current && proposals.status === "open" && (
        <Alert
          type="warning"
          showIcon
          title={t("transfers.outdated")}
          action={can("admin") && <Propose plan={plan} again />}
        />
      )}
      {proposals.problems.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={t("transfers.problems")}
          description={
            <ul className="plain">
              {proposals.problems.map((problem) => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          }
        />
      )}
      <TransferFigures proposals={proposals} />
      <Effect plan={plan} proposals={proposals} />
      <ProposalsBoard plan={plan} proposals={proposals} />
    </>
  );
}
