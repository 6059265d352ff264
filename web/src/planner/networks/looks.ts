import type { Network } from "@/shared/api/answers";
import { networkColor } from "@/shared/map/colors";

/** How a network is drawn. */
export interface Look {
  code: string;
  name: string;
  grids: number;
  color: string;
  isShown: boolean;
  hasLabels: boolean;
  opacity: number;
}

/** A place that somebody pointed at, and the moment they asked for. */
export interface Owned {
  lon: number;
  lat: number;
  at?: string | undefined;
}

const SHOWN_AT_FIRST = 3;

/** The networks' looks: a colour each, the first few shown, and whatever was changed by hand. */
export function looksOf(networks: readonly Network[], changed: Record<string, Partial<Look>>): Look[] {
  return networks.map(({ code, name, grids }, place) => ({
    code,
    name,
    grids,
    color: networkColor(place),
    isShown: place < SHOWN_AT_FIRST || code === "unified",
    hasLabels: false,
    opacity: 0.08,
    ...changed[code],
  }));
}
