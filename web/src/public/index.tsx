import { loaded, type Room } from "@/shared/rooms";
import en from "./locales/en.json";
import zh from "./locales/zh.json";
import "./public.css";

/** For residents: no sign-in, a telephone in the hand, a header and a bar of their own. */
export const open: Room = {
  name: "public",
  words: { zh, en },
  views: [
    { path: "/public", scope: null, bare: true, ...loaded(() => import("./place/PlaceView")) },
    { path: "/public/report", scope: null, bare: true, ...loaded(() => import("./report/ReportView")) },
    { path: "/public/follow", scope: null, bare: true, ...loaded(() => import("./follow/FollowView")) },
    { path: "/public/plans", scope: null, bare: true, ...loaded(() => import("./plans/OpenPlansView")) },
    { path: "/public/plans/:plan", scope: null, bare: true, ...loaded(() => import("./plans/CommentView")) },
  ],
};
