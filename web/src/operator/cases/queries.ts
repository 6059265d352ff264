import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
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

/** A matter's code with what it is called; the code where that is not known. */
export function useMatterNames(): (code: string | null) => string | null {
  const matters = useQuery({
    queryKey: ["matters", "names"],
    queryFn: () =>
      answer<{ matters: { code: string; name: string }[] }>(
        api.GET("/api/v1/matters", { params: { query: { limit: 1000 } } }),
      ),
    staleTime: 10 * 60_000,
  }).data;
  const names = useMemo(() => new Map((matters?.matters ?? []).map(({ code, name }) => [code, name])), [matters]);
  return (code) => code && [code, names.get(code)].filter(Boolean).join(" ");
}
