import { admin } from "./admin";
import { operator } from "./operator";
import { planner } from "./planner";
import { open } from "./public";
import type { Room } from "./shared/rooms";

/** Every room of the page, in the order of the menu. */
export const ROOMS: Room[] = [planner, operator, admin, open];
