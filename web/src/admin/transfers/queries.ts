import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Run, Shapes } from "@/shared/api/answers";
import { answer, api, fetchJson } from "@/shared/api/client";
import { Problem } from "@/shared/api/problem";
import { refresh } from "@/shared/queries";
import { type Decision, middles, type Proposals, type Transfer } from "./transfer";

export interface PlanBrief {
  id: number;
  name: string;
  status: string;
  version: number;
}

export interface Role {
  code: string;
  name: string;
}

const ALL = 10_000;
const NEVER_STALE = Number.POSITIVE_INFINITY;

/** Plans that have grids, the newest first. */
export function useDividedPlans() {
  const plans = useQuery({ queryKey: ["plans"], queryFn: () => answer<PlanBrief[]>(api.GET("/api/v1/plans")) });
  const data = useMemo(
    () => plans.data?.filter(({ status }) => status === "divided" || status === "published").reverse(),
    [plans.data],
  );
  return { ...plans, data };
}

/** The proposals kept with a plan; null where none are. */
export function useProposals(plan: number) {
  return useQuery({
    queryKey: ["transfers", plan],
    queryFn: async () => {
      const asked = { path: { plan_id: plan }, query: { limit: ALL } };
      const found = api.GET("/api/v1/staff/transfers/{plan_id}/proposals", { params: asked });
      return answer<Proposals>(found).catch((error) => {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      });
    },
  });
}

export function useRoles() {
  const { t } = useTranslation("shared");
  const roles = useQuery({
    queryKey: ["staff", "roles"],
    queryFn: () => answer<Role[]>(api.GET("/api/v1/staff/roles")),
  });
  const names = useMemo(() => new Map((roles.data ?? []).map((role) => [role.code, role.name])), [roles.data]);
  return {
    roles: roles.data ?? [],
    nameOf: (code: string) => t(`role.${code}`, { defaultValue: names.get(code) ?? code }),
  };
}

export function useDecide(plan: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Decision) =>
      answer<{ decided: number; passed: number[] }>(
        api.POST("/api/v1/staff/transfers/{plan_id}/decisions", {
          params: { path: { plan_id: plan } },
          body: { posts: [], all: false, why: "", ...body },
        }),
      ),
    onSuccess: () => refresh(queries, "transfers"),
  });
}

export function usePropose(plan: number, onRun: (run: Run) => void) {
  return useMutation({
    mutationFn: (at: string | undefined) =>
      answer<Run>(
        api.POST("/api/v1/staff/transfers/{plan_id}/proposals", {
          params: { path: { plan_id: plan } },
          body: at ? { at } : {},
        }),
      ),
    onSuccess: onRun,
  });
}

/** Grids of the plan, and of the networks that posts come from, with their middles. */
export function useGround(plan: PlanBrief, proposals: Proposals | null) {
  const rows: readonly Transfer[] = proposals?.transfers ?? [];
  const networks = useMemo(() => [...new Set(rows.map((row) => row.network))].sort(), [rows]);
  const at = proposals?.at;
  const fresh = useQuery({
    queryKey: ["plan", plan.id, "grids", plan.version, plan.status],
    queryFn: () => fetchJson<Shapes>(`/api/v1/plans/${plan.id}/grids`),
    staleTime: NEVER_STALE,
    structuralSharing: false,
  });
  const old = useQueries({
    queries: networks.map((code) => ({
      queryKey: ["networks", code, "grids", at],
      queryFn: () =>
        fetchJson<Shapes>(
          `/api/v1/networks/${encodeURIComponent(code)}/grids.geojson?at=${encodeURIComponent(at ?? "")}`,
        ),
      staleTime: NEVER_STALE,
      structuralSharing: false,
    })),
  });
  const shapes = old.map((one) => one.data);
  const isReady = fresh.data !== undefined && shapes.every((one) => one !== undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answers are what they are once all are there
  return useMemo(
    () =>
      isReady && fresh.data
        ? {
            shapes: fresh.data,
            fresh: middles(fresh.data),
            old: new Map(networks.map((code, place) => [code, middles(shapes[place] as Shapes)])),
          }
        : null,
    [isReady, fresh.data, networks],
  );
}

export type TransferGround = NonNullable<ReturnType<typeof useGround>>;
