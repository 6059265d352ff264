import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Shapes, TileJson } from "@/shared/api/answers";
import { answer, api, fetchJson } from "@/shared/api/client";
import type { Matter, OpenPlan, Place, PlaceAnswer, PublicCase } from "./types";

const A_MINUTE = 60_000;

/** Where the grids in force lie; fails while nothing is published. */
export function useGroundMap() {
  return useQuery({
    queryKey: ["public", "map"],
    queryFn: () => answer<TileJson>(api.GET("/api/v1/public/map")),
    staleTime: 10 * A_MINUTE,
  });
}

export function usePlace(place: Place | null, text = "") {
  return useQuery({
    queryKey: ["public", "place", place, text],
    queryFn: () =>
      answer<PlaceAnswer>(
        api.GET("/api/v1/public/place", {
          params: { query: { lon: place?.lon ?? 0, lat: place?.lat ?? 0, accuracy_m: place?.accuracy_m, text } },
        }),
      ),
    enabled: place !== null,
    placeholderData: keepPreviousData,
  });
}

export function useMatters(text: string) {
  return useQuery({
    queryKey: ["public", "matters", text],
    queryFn: () =>
      answer<{ clear: boolean; matters: Matter[] }>(
        api.GET("/api/v1/public/matters", { params: { query: { text: text.slice(0, 500) } } }),
      ),
    enabled: text.length > 1,
    placeholderData: keepPreviousData,
  });
}

export function useCase(code: string) {
  return useQuery({
    queryKey: ["public", "case", code],
    queryFn: () => answer<PublicCase>(api.GET("/api/v1/public/case", { params: { header: { "Follow-Code": code } } })),
    enabled: code !== "",
    refetchInterval: A_MINUTE,
  });
}

export function sendPhoto(code: string, photo: Blob): Promise<PublicCase> {
  const body = new FormData();
  body.append("file", photo, "photo");
  return fetchJson("/api/v1/public/case/photos", { method: "POST", headers: { "Follow-Code": code }, body });
}

export function useOpenPlans() {
  return useQuery({
    queryKey: ["public", "plans"],
    queryFn: () => answer<OpenPlan[]>(api.GET("/api/v1/public/plans")),
  });
}

export interface OpenGrid {
  code: string;
  name: string | null;
  kind: string;
}

export function useOpenGrids(plan: number) {
  return useQuery({
    queryKey: ["public", "plans", plan],
    queryFn: () => fetchJson<Shapes<OpenGrid> & OpenPlan>(`/api/v1/public/plans/${plan}/grids.geojson`),
    structuralSharing: false,
  });
}

export interface Answered {
  id: number;
  text: string;
  grid: string | null;
  made_at: string;
  answer: string;
  answered_at: string;
}

export function useAnswers(plan: number) {
  return useQuery({
    queryKey: ["public", "plans", plan, "answers"],
    queryFn: () =>
      answer<Answered[]>(api.GET("/api/v1/public/plans/{plan_id}/comments", { params: { path: { plan_id: plan } } })),
  });
}
