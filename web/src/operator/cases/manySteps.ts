import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem, type Problem } from "@/shared/api/problem";
import { refresh } from "@/shared/queries";

/** How far a step of several cases is. What was neither taken nor refused was not tried. */
export interface Progress {
  wanted: readonly number[];
  taken: number[];
  refused: { event: number; problem: Problem }[];
  isRunning: boolean;
}

/** Whether there is no use in trying the next case: the sign-in is over, or the server does not answer. */
function isEnd(problem: Problem): boolean {
  return problem.status === 401 || problem.status === 429 || problem.status < 100 || problem.status >= 500;
}

/** Takes a step for one case after another, each by a call of its own; a refusal of one holds none of the others up. */
export async function takeEach(
  events: readonly number[],
  take: (event: number) => Promise<unknown>,
  tell: (progress: Progress) => void,
): Promise<Progress> {
  const progress: Progress = { wanted: events, taken: [], refused: [], isRunning: true };
  for (const event of events) {
    tell({ ...progress });
    try {
      await take(event);
      progress.taken = [...progress.taken, event];
    } catch (error) {
      const problem = asProblem(error);
      progress.refused = [...progress.refused, { event, problem }];
      if (isEnd(problem)) break;
    }
  }
  const told = { ...progress, isRunning: false };
  tell(told);
  return told;
}

/** A step of several cases on the page: how far it is, and the way to begin it. */
export function useManySteps() {
  const queries = useQueryClient();
  const [progress, tell] = useState<Progress | null>(null);
  const begin = async (events: readonly number[], take: (event: number) => Promise<unknown>) => {
    const told = await takeEach(events, take, tell);
    refresh(queries, "cases");
    return told;
  };
  return { progress, begin, forget: () => tell(null) };
}
