import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Boxed, Shapes } from "@/shared/api/answers";
import { answer, api, fetchJson } from "@/shared/api/client";
import type { Candidate, CompareAnswer, GridProperties, MatrixAnswer, PieceProperties, Plan, PlanScore } from "./plan";

export function usePlans() {
  return useQuery({ queryKey: ["plans"], queryFn: () => answer<Plan[]>(api.GET("/api/v1/plans")) });
}

export function usePlan(id: number) {
  return useQuery({
    queryKey: ["plans", id],
    queryFn: () => answer<Plan>(api.GET("/api/v1/plans/{plan_id}", { params: { path: { plan_id: id } } })),
  });
}

const hasPieces = (plan: Plan) => plan.status !== "draft";
const hasGrids = (plan: Plan) => plan.status === "divided" || plan.status === "published";

/** Pieces of a plan at its version; asked once and then changed by the answers of edits. */
export function usePieces(plan: Plan | undefined) {
  return useQuery({
    queryKey: ["plan", plan?.id, "pieces", plan?.consolidation, plan?.division],
    queryFn: () => fetchJson<Shapes<PieceProperties>>(`/api/v1/plans/${plan?.id}/pieces`),
    enabled: plan !== undefined && hasPieces(plan),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
}

/** The grids' figures and boxes, without their shapes: what editing needs beside tiles. */
export function useGridFacts(plan: Plan) {
  return useQuery({
    queryKey: ["plan", plan.id, "grid facts", plan.version],
    queryFn: () => fetchJson<Boxed<GridProperties>>(`/api/v1/plans/${plan.id}/grids?geometry=false`),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
}

/** The pieces' figures and boxes, by their numbers; asked again once an edit has cut pieces (`shaped`). */
export function pieceFacts(plan: number, shaped: number) {
  return queryOptions({
    queryKey: ["plan", plan, "piece facts", shaped],
    queryFn: async () => {
      const found = await fetchJson<Boxed<PieceProperties>>(`/api/v1/plans/${plan}/pieces?geometry=false`);
      return new Map(found.features.map((piece) => [piece.properties.piece, piece]));
    },
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
}

export function useGrids(plan: Plan | undefined) {
  return useQuery({
    queryKey: ["plan", plan?.id, "grids", plan?.version, plan?.status],
    queryFn: () => fetchJson<Shapes<GridProperties>>(`/api/v1/plans/${plan?.id}/grids`),
    enabled: plan !== undefined && hasGrids(plan),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
}

/** Borders of the pieces with who drew them, page after page. */
export function useBorders(plan: Plan, isWanted: boolean) {
  return useQuery({
    queryKey: ["plan", plan.id, "borders", plan.version],
    queryFn: async () => {
      const page = (offset: number) =>
        fetchJson<Shapes & { total: number; limit: number }>(`/api/v1/plans/${plan.id}/borders?offset=${offset}`);
      const first = await page(0);
      const features = [...first.features];
      while (features.length < first.total) {
        const more = await page(features.length);
        if (more.features.length === 0) break;
        features.push(...more.features);
      }
      return { type: "FeatureCollection", features } as Shapes<{
        left: number;
        right: number;
        drawn_by: string[];
        length_m: number;
      }>;
    },
    enabled: isWanted && hasPieces(plan),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
}

export function useScore(plan: Plan) {
  return useQuery({
    queryKey: ["plan", plan.id, "score", plan.version],
    queryFn: () =>
      answer<PlanScore>(api.GET("/api/v1/plans/{plan_id}/score", { params: { path: { plan_id: plan.id } } })),
    enabled: hasGrids(plan),
  });
}

export function useCandidates(plan: Plan) {
  return useQuery({
    queryKey: ["plan", plan.id, "candidates", plan.version],
    queryFn: () =>
      answer<Candidate[]>(api.GET("/api/v1/plans/{plan_id}/candidates", { params: { path: { plan_id: plan.id } } })),
    enabled: hasGrids(plan),
  });
}

export function useComparison(plan: number, other: number | null) {
  return useQuery({
    queryKey: ["plan", plan, "compare", other],
    queryFn: () =>
      answer<CompareAnswer>(
        api.GET("/api/v1/plans/{plan_id}/compare/{other_id}", {
          params: { path: { plan_id: plan, other_id: other ?? 0 } },
        }),
      ),
    enabled: other !== null,
  });
}

export function useMatrix(plan: Plan) {
  return useQuery({
    queryKey: ["plan", plan.id, "matrix", plan.version],
    queryFn: () =>
      answer<MatrixAnswer>(
        api.GET("/api/v1/plans/{plan_id}/matrix", { params: { path: { plan_id: plan.id }, query: { limit: 1 } } }),
      ),
    enabled: hasGrids(plan),
  });
}
