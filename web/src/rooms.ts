import { matchPath } from "react-router";
import { admin } from "./admin";
import { operator } from "./operator";
import { planner } from "./planner";
import { open } from "./public";
import type { Room } from "./shared/rooms";

/** Every room of the page, in the order of the menu. */
export const ROOMS: Room[] = [planner, operator, admin, open];

/** Begins to load the view of an address: it comes while the page still asks who is there. "/" leads to the first. */
export function loadAhead(address: string): void {
  const views = ROOMS.flatMap((room) => room.views);
  const view = address === "/" ? views[0] : views.find(({ path }) => matchPath(path, address));
  view?.load().catch(() => undefined); // the view tells, when it is opened
}
