import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api } from "@/shared/api/client";
import type { CaseBrief, CaseFile, RouteTrace, Whistle } from "./case";

export interface Filters {
  status?: string;
  holder?: string;
  matter?: string;
  grid?: string;
  from?: string;
  to?: string;
}

const OFTEN = 30_000;
export const PAGE = 500;

export function useCases(filters: Filters) {
  return useQuery({
    queryKey: ["cases", filters],
    queryFn: () =>
      answer<{ events: CaseBrief[]; next: number | null }>(
        api.GET("/api/v1/events", { params: { query: { ...filters, limit: PAGE } } }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: OFTEN,
  });
}

export function useCase(event: number) {
  return useQuery({
    queryKey: ["cases", event],
    queryFn: () => answer<CaseFile>(api.GET("/api/v1/events/{event_id}", { params: { path: { event_id: event } } })),
    refetchInterval: OFTEN,
  });
}

export function useTrace(event: number) {
  return useQuery({
    queryKey: ["cases", event, "trace"],
    queryFn: () =>
      answer<RouteTrace>(api.GET("/api/v1/events/{event_id}/trace", { params: { path: { event_id: event } } })),
    retry: false,
  });
}

export function useWhistles(event: number) {
  return useQuery({
    queryKey: ["cases", event, "whistles"],
    queryFn: () =>
      answer<Whistle[]>(api.GET("/api/v1/events/{event_id}/whistles", { params: { path: { event_id: event } } })),
  });
}

export interface Alike {
  event: number;
  score: number;
  distance_m: number;
  minutes: number;
}

export function useDuplicates(event: number, isWanted: boolean) {
  return useQuery({
    queryKey: ["cases", event, "duplicates"],
    queryFn: () =>
      answer<Alike[]>(api.GET("/api/v1/events/{event_id}/duplicates", { params: { path: { event_id: event } } })),
    enabled: isWanted,
  });
}
