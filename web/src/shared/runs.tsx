import { useQueryClient } from "@tanstack/react-query";
import { Button, Progress } from "antd";
import i18n from "i18next";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Run } from "./api/answers";
import { answer, api } from "./api/client";
import { asProblem, Problem } from "./api/problem";
import { ProblemNotice } from "./ProblemNotice";

export const hasEnded = (run: Run) =>
  run.status === "succeeded" || run.status === "failed" || run.status === "cancelled";

/** A run, followed by server-sent events until it ends; `onEnd` is called once with the whole run. */
export function useRun(started: Run | null, onEnd?: (run: Run) => void): Run | null {
  const [seen, setSeen] = useState<Run | null>(null);
  const queries = useQueryClient();
  const tell = useRef(onEnd);
  tell.current = onEnd;
  const id = started?.id;
  useEffect(() => {
    if (id === undefined) return;
    const events = new EventSource(`/api/v1/runs/${id}/events?language=${i18n.language === "en" ? "en" : "zh"}`);
    events.addEventListener("progress", (event) => setSeen(JSON.parse(event.data)));
    events.addEventListener("end", (event) => {
      events.close();
      const run: Run = JSON.parse(event.data);
      setSeen(run);
      void queries.invalidateQueries({ queryKey: ["runs"] });
      tell.current?.(run);
    });
    return () => events.close();
  }, [id, queries]);
  return seen && seen.id === id ? seen : started;
}

/** How far a run is, how to stop it, and why it failed. */
export function RunProgress({ run }: { run: Run }) {
  const { t } = useTranslation("shared");
  const [refused, setRefused] = useState<Problem | null>(null);
  const cancel = () =>
    answer(api.DELETE("/api/v1/runs/{run_id}", { params: { path: { run_id: run.id } } })).catch((error) =>
      setRefused(asProblem(error)),
    );
  const status = run.status === "failed" ? "exception" : run.status === "succeeded" ? "success" : "active";
  return (
    <div className="run" data-run={run.id} data-status={run.status}>
      <div className="row spread">
        <span aria-live="polite">
          {t(`run.${run.status}`)} {run.message && run.status === "running" ? `· ${run.message}` : ""}
        </span>
        {!hasEnded(run) && (
          <Button size="small" onClick={cancel}>
            {t("run.cancel")}
          </Button>
        )}
      </div>
      <Progress percent={Math.round(run.progress * 100)} status={status} aria-label={t("run.progress")} />
      {refused && <ProblemNotice error={refused} />}
      {run.error && <ProblemNotice error={failure(run)} />}
    </div>
  );
}

function failure(run: Run): Problem {
  const error = run.error ?? {};
  const document = { type: `#${error.type ?? "unexpected"}`, title: String(error.title ?? run.kind), status: 409 };
  return new Problem({ ...document, ...error, type: document.type });
}
