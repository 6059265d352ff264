import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "@/shared/api/client";
import { useNetworks } from "@/shared/queries";
import { useSession } from "@/shared/session";

const UNIFIED = "unified";

/** Networks that have an edition, and which one is shown: what this person chose last, else one with posts, the
 * unified one first. `known` and `network` are undefined until they are known. */
export function useStaffedNetwork() {
  const { me } = useSession();
  const kept = `onegrid-staff-network:${me?.name}`;
  const [chosen, setChosen] = useState(() => localStorage.getItem(kept));
  const networks = useNetworks().data;
  const known = networks?.filter(({ newest_edition }) => newest_edition !== null).map(({ code }) => code);
  const isChosen = chosen !== null && known?.includes(chosen) === true;
  const offered = [...(known ?? [])].sort((a, b) => Number(b === UNIFIED) - Number(a === UNIFIED));
  const staffed = useQuery({
    queryKey: ["posts", "networks", offered],
    queryFn: async () => (await firstWithPosts(offered)) ?? offered[0],
    enabled: offered.length > 0 && !isChosen,
  });
  const choose = (network: string) => {
    localStorage.setItem(kept, network);
    setChosen(network);
  };
  const offer = staffed.isError ? offered[0] : staffed.data;
  return { known, network: isChosen ? chosen : offer, choose };
}

async function firstWithPosts(networks: readonly string[]): Promise<string | null> {
  for (const network of networks) {
    const query = { network, limit: 1, at: new Date().toISOString() };
    const found = await answer<{ posts: unknown[] }>(api.GET("/api/v1/posts", { params: { query } }));
    if (found.posts.length > 0) return network;
  }
  return null;
}
