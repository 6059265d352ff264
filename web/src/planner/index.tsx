import { AppstoreOutlined, CloudUploadOutlined, GlobalOutlined } from "@ant-design/icons";
import { askNetworks } from "@/shared/queries";
import { loaded, type Room } from "@/shared/rooms";
import en from "./locales/en.json";
import zh from "./locales/zh.json";
import "./planner.css";

export const planner: Room = {
  name: "planner",
  words: { zh, en },
  views: [
    {
      path: "/networks",
      menu: "menu.networks",
      icon: <GlobalOutlined aria-hidden />,
      scope: "lookup",
      ...loaded(() => import("./networks/NetworksView")),
      ask: askNetworks,
    },
    {
      path: "/import",
      menu: "menu.import",
      icon: <CloudUploadOutlined aria-hidden />,
      scope: "plan",
      ...loaded(() => import("./imports/ImportView")),
    },
    {
      path: "/plans",
      menu: "menu.plans",
      icon: <AppstoreOutlined aria-hidden />,
      scope: "lookup",
      ...loaded(() => import("./plans/PlansView")),
    },
    { path: "/plans/:plan/:tab?", scope: "lookup", ...loaded(() => import("./plans/PlanView")) },
  ],
};
