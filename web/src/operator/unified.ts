import { useNetworks } from "@/shared/queries";

/** The network that cases are shown over: the unified one, else the first there is, else none. */
export function useShownNetwork(): string | null {
  const networks = useNetworks();
  const known = (networks.data ?? []).filter((network) => network.grids > 0);
  return (known.find((network) => network.code === "unified") ?? known[0])?.code ?? null;
}
