import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { answer, api } from "@/shared/api/client";
import { Problem } from "@/shared/api/problem";
import type { components } from "@/shared/api/schema";
import type { Plan } from "../plan";
import { applied, type Draft, type EditAnswer } from "./state";

/** One edit, as the API takes it. */
export type EditWish = components["schemas"]["EditBody"]["edit"];

export interface Editing {
  draft: Draft;
  /** The score when the page was opened: what the edits since changed. */
  before: Record<string, number>;
  isBusy: boolean;
  problem: Problem | null;
  /** Somebody else changed the plan meanwhile: look at theirs first. */
  isStale: boolean;
  make: (edit: EditWish) => void;
  reload: () => void;
}

/** Edits of a plan, one after the other, each on the version that the page has. */
export function useEditing(plan: Plan, opened: Draft): Editing {
  const [draft, setDraft] = useState(opened);
  const [before] = useState(opened.score);
  const queries = useQueryClient();
  const edit = useMutation({
    mutationFn: (wish: EditWish) =>
      answer<EditAnswer>(
        api.POST("/api/v1/plans/{plan_id}/edits", {
          params: { path: { plan_id: plan.id } },
          body: { version: draft.version, edit: wish },
        }),
      ),
    onSuccess: (made) => setDraft((known) => applied(known, made)),
  });
  const version = useRef(draft.version);
  version.current = draft.version;
  // other views of the plan learn of the edits when this one is left, not while it is worked on
  useEffect(
    () => () => {
      if (version.current === opened.version) return;
      void queries.invalidateQueries({ queryKey: ["plans"] });
      void queries.invalidateQueries({ queryKey: ["plan", plan.id] });
    },
    [queries, plan.id, opened.version],
  );
  const problem = edit.error instanceof Problem ? edit.error : null;
  return {
    draft,
    before,
    isBusy: edit.isPending,
    problem,
    isStale: problem?.document.made_on !== undefined,
    make: (wish) => {
      if (!edit.isPending) edit.mutate(wish);
    },
    reload: () => {
      edit.reset();
      void queries.invalidateQueries({ queryKey: ["plans"] });
      void queries.resetQueries({ queryKey: ["plan", plan.id] });
    },
  };
}
