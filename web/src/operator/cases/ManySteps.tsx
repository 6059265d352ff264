import { Alert, Progress as Bar, Button, Form } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { number } from "@/shared/format";
import { type CaseBrief, NEEDS, WHISTLE_ACTIONS } from "./case";
import { type Progress, useManySteps } from "./manySteps";
import { useCase } from "./queries";
import { StepFields } from "./StepFields";
import { takeStep, type Wish } from "./step";

interface ManyStepsProps {
  /** Which there are to choose from. */
  shown: readonly CaseBrief[];
  cases: readonly CaseBrief[];
  /** Which stay chosen. */
  onChoose: (events: number[]) => void;
}

/** One step with one reason for several cases of a stage, taken one after the other; who is refused stays chosen. */
export function ManySteps({ shown, cases, onChoose }: ManyStepsProps) {
  const { t } = useTranslation("operator");
  const { progress, begin, forget } = useManySteps();
  const [first] = cases;
  const alike = shown.filter(({ status }) => status === first?.status);
  const isOneStage = cases.every(({ status }) => status === first?.status);
  const finish = async (action: string, wish: Wish) => {
    const owners = new Map(cases.map(({ id, owner }) => [id, owner]));
    const told = await begin([...owners.keys()], (event) =>
      takeStep(event, action, { ...wish, receiver: wish.receiver || (owners.get(event) ?? "") }),
    );
    onChoose(told.wanted.filter((event) => !told.taken.includes(event)));
  };
  return (
    <section aria-labelledby="many" className="many">
      {cases.length > 0 && (
        <div className="row spread">
          <h2 id="many">{t("many.chosen", { count: cases.length })}</h2>
          <div className="row">
            <Button size="small" onClick={() => onChoose(alike.map(({ id }) => id))} disabled={progress?.isRunning}>
              {t("many.all", { count: alike.length, stage: t(`stage.${first?.status}`) })}
            </Button>
            <Button size="small" onClick={() => onChoose([])} disabled={progress?.isRunning}>
              {t("many.clear")}
            </Button>
          </div>
        </div>
      )}
      {progress && <Told progress={progress} onClose={forget} />}
      {first && !isOneStage && <p className="quiet">{t("many.stages")}</p>}
      {first && isOneStage && (
        <div hidden={progress?.isRunning}>
          <Steps key={first.status} first={first.id} count={cases.length} onTake={finish} />
        </div>
      )}
    </section>
  );
}

interface StepsProps {
  first: number;
  count: number;
  onTake: (action: string, wish: Wish) => Promise<void>;
}

/** The steps that the stage of the first allows and that need nothing of each case's own. */
function Steps({ first, count, onTake }: StepsProps) {
  const { t } = useTranslation("operator");
  const [action, setAction] = useState<string | null>(null);
  const [form] = Form.useForm<Wish>();
  const file = useCase(first).data;
  const offered = (file?.actions ?? []).filter(
    (each) => !WHISTLE_ACTIONS.has(each) && !NEEDS[each]?.into && !NEEDS[each]?.condition,
  );
  const needs = action ? (NEEDS[action] ?? {}) : {};
  return (
    <>
      <div className="row">
        {offered.map((each) => (
          <Button
            key={each}
            size="small"
            type={each === action ? "primary" : "default"}
            aria-pressed={each === action}
            onClick={() => setAction(each === action ? null : each)}
          >
            {t(`action.${each}`, { defaultValue: each })}
          </Button>
        ))}
      </div>
      {file && action && (
        <Form
          name="steps"
          form={form}
          layout="vertical"
          className="step"
          onFinish={(wish) => void onTake(action, wish)}
        >
          <StepFields needs={needs} action={action} file={file} isOfMany />
          <Button type="primary" htmlType="submit">
            {t("many.take", { action: t(`action.${action}`, { defaultValue: action }), count })}
          </Button>
        </Form>
      )}
    </>
  );
}

function Told({ progress, onClose }: { progress: Progress; onClose: () => void }) {
  const { t } = useTranslation("operator");
  const { wanted, taken, refused, isRunning } = progress;
  const tried = taken.length + refused.length;
  if (isRunning)
    return (
      <div role="status">
        <Bar percent={Math.round((100 * tried) / wanted.length)} aria-label={t("many.progress")} />
        <p className="quiet">{t("many.tried", { tried: number(tried), wanted: number(wanted.length) })}</p>
      </div>
    );
  const left = wanted.length - tried;
  return (
    <Alert
      type={refused.length > 0 ? "warning" : "success"}
      showIcon
      closable={{ onClose }}
      title={t("many.done", { taken: number(taken.length), refused: number(refused.length) })}
      description={
        <>
          {left > 0 && <p>{t("many.left", { left: number(left) })}</p>}
          <ul>
            {refused.map(({ event, problem }) => (
              <li key={event}>
                <Link to={`/cases/${event}`}>{event}</Link>{" "}
                {[problem.document.detail, ...(problem.document.reasons ?? [])].filter(Boolean).join(" · ")}
              </li>
            ))}
          </ul>
        </>
      }
    />
  );
}
