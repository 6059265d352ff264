import { keepPreviousData, type QueryClient, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Bounds, Edition, Layer, Network, PageFacts, TileJson } from "./api/answers";
import { answer, api, fetchJson } from "./api/client";
import { useNetworkName } from "./names";

const LONG = 10 * 60_000;

const PAGE_FACTS = { queryKey: ["page"], queryFn: () => fetchJson<PageFacts>("/api/v1/page"), staleTime: LONG };
const NETWORKS = { queryKey: ["networks"], queryFn: () => answer<Network[]>(api.GET("/api/v1/networks")) };

/** What the deployment says to the page: base map, time zone, version. */
export function usePageFacts() {
  return useQuery(PAGE_FACTS);
}

export function useNetworks() {
  const nameOf = useNetworkName();
  const select = useCallback(
    (known: Network[]) => known.map((one) => ({ ...one, name: nameOf(one.code, one.name) })),
    [nameOf],
  );
  return useQuery({ ...NETWORKS, select });
}

/** Asks for the networks and the ground that they cover, before a view does. */
export async function askNetworks(queries: QueryClient): Promise<void> {
  void queries.prefetchQuery(PAGE_FACTS);
  const networks = await queries.fetchQuery(NETWORKS);
  await queries.prefetchQuery(groundOf(drawable(networks).map(({ code }) => code)));
}

/** The networks that have grids to draw. */
export function drawable(networks: readonly Network[]): Network[] {
  return networks.filter((network) => network.newest_edition !== null);
}

/** What a network is called; its code where that is not known. */
export function useNetworkNames(): (code: string) => string {
  const networks = useNetworks().data;
  const names = useMemo(() => new Map((networks ?? []).map(({ code, name }) => [code, name])), [networks]);
  return useCallback((code) => names.get(code) ?? code, [names]);
}

export function useEditions(code: string | null) {
  return useQuery({
    queryKey: ["networks", code, "editions"],
    queryFn: () =>
      answer<Edition[]>(api.GET("/api/v1/networks/{code}/editions", { params: { path: { code: code ?? "" } } })),
    enabled: code !== null,
  });
}

export function useLayers() {
  return useQuery({ queryKey: ["layers"], queryFn: () => answer<Layer[]>(api.GET("/api/v1/layers")) });
}

export function fetchTileJson(network: string, at?: string): Promise<TileJson> {
  const query = at ? `?at=${encodeURIComponent(at)}` : "";
  return fetchJson<TileJson>(`/tiles/${encodeURIComponent(network)}.json${query}`);
}

function groundOf(networks: readonly string[]) {
  return {
    queryKey: ["ground", ...networks],
    queryFn: async () =>
      around((await Promise.all(networks.map((code) => fetchTileJson(code)))).map((one) => one.bounds)),
    enabled: networks.length > 0,
    staleTime: LONG,
  };
}

/** The ground that some networks cover together; null while none is known. */
export function useGround(networks: readonly string[]) {
  return useQuery({ ...groundOf(networks), placeholderData: keepPreviousData });
}

export function around(boxes: readonly (Bounds | undefined)[]): Bounds | null {
  const known = boxes.filter((box): box is Bounds => box !== undefined);
  if (known.length === 0) return null;
  const side = (at: 0 | 1 | 2 | 3, pick: (...values: number[]) => number) => pick(...known.map((box) => box[at]));
  return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)];
}

/** After something was stored: whatever is shown of these nouns is asked anew. */
export function refresh(queries: QueryClient, ...nouns: string[]): void {
  for (const noun of nouns) void queries.invalidateQueries({ queryKey: [noun] });
}
