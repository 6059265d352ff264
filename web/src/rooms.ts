import type { QueryClient } from "@tanstack/react-query";
import { matchPath } from "react-router";
import { admin } from "./admin";
import { operator } from "./operator";
import { planner } from "./planner";
import { open } from "./public";
import type { Room } from "./shared/rooms";

/** Every room of the page, in the order of the menu. */
export const ROOMS: Room[] = [planner, operator, admin, open];

/** Loads the view of an address, and asks for what it shows, while the page still asks who is there. "/" leads to the
 * first. Done when the view can be shown; what fails is told by the view when it is opened. */
export async function loadAhead(address: string, queries: QueryClient): Promise<void> {
  const views = ROOMS.flatMap((room) => room.views);
  const view = address === "/" ? views[0] : views.find(({ path }) => matchPath(path, address));
  view?.ask?.(queries).catch(() => undefined);
  await view?.load().catch(() => undefined);
}
