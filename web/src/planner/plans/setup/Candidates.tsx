import { useMutation } from "@tanstack/react-query";
import { Button, Card, Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { Run } from "@/shared/api/answers";
import { answer, api } from "@/shared/api/client";
import { number, share } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import type { Candidate } from "../plan";
import { useCandidates } from "../queries";
import type { StepProps } from "./ConsolidationForm";

const MEASURES = ["total", "size", "proximity", "interest", "management", "inside_band"];

/** The plans that the last division found, as cards: what each is good at, and which one is the plan. */
export function Candidates({ plan, isBusy, onStart, mayChoose }: StepProps & { mayChoose: boolean }) {
  const { t } = useTranslation("planner");
  const candidates = useCandidates(plan).data ?? [];
  const choose = useMutation({
    mutationFn: (number: number) =>
      answer<Run>(
        api.POST("/api/v1/plans/{plan_id}/candidates/{number}/choose", {
          params: { path: { plan_id: plan.id, number } },
        }),
      ),
    onSuccess: onStart,
  });
  if (candidates.length === 0) return null;
  return (
    <>
      <h3>{t("candidates.title")}</h3>
      {choose.error && <ProblemNotice error={choose.error} />}
      <div className="cards">
        {candidates.map((candidate) => (
          <Card
            key={candidate.number}
            size="small"
            title={`${candidate.number} · ${t(`candidates.name.${candidate.name}`, { defaultValue: candidate.name })}`}
            extra={candidate.chosen && <Tag color="#2e7d32">{t("candidates.chosen")}</Tag>}
          >
            <Measures candidate={candidate} />
            {mayChoose && !candidate.chosen && (
              <Button
                size="small"
                disabled={isBusy}
                loading={choose.isPending}
                onClick={() => choose.mutate(candidate.number)}
              >
                {t("candidates.choose")}
              </Button>
            )}
          </Card>
        ))}
      </div>
    </>
  );
}

function Measures({ candidate }: { candidate: Candidate }) {
  const { t } = useTranslation("planner");
  return (
    <dl className="measures">
      <dt>{t("plans.grids")}</dt>
      <dd>{number(candidate.grids)}</dd>
      {MEASURES.map((name) => (
        <div key={name} className="pairing">
          <dt>{t(`measure.${name}`)}</dt>
          <dd>{share(candidate.score[name])}</dd>
        </div>
      ))}
    </dl>
  );
}
