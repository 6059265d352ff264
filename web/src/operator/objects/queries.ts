import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Shapes } from "@/shared/api/answers";
import { answer, api, fetchJson } from "@/shared/api/client";
import type { Kind, Level, Placed, Rule, Watched, WatchedFile } from "./object";

const PAGE = 200;
export type Filter = { level?: Level | undefined; kind?: Kind | undefined };

export function useObjects(filter: Filter) {
  return useInfiniteQuery({
    queryKey: ["objects", "list", filter],
    queryFn: ({ pageParam }) =>
      answer<{ objects: Watched[]; next: number | null }>(
        api.GET("/api/v1/objects", { params: { query: { ...filter, limit: PAGE, after: pageParam } } }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
  });
}

export function useObject(id: number) {
  return useQuery({
    queryKey: ["objects", id],
    queryFn: () => answer<WatchedFile>(api.GET("/api/v1/objects/{object_id}", { params: { path: { object_id: id } } })),
  });
}

export function useObjectMap(isWanted: boolean) {
  return useQuery({
    queryKey: ["objects", "map"],
    queryFn: () => fetchJson<Shapes<Placed>>("/api/v1/objects.geojson"),
    enabled: isWanted,
    structuralSharing: false,
  });
}

export function useRules() {
  return useQuery({ queryKey: ["objects", "rules"], queryFn: () => answer<Rule[]>(api.GET("/api/v1/objects/rules")) });
}
