import { FileProtectOutlined, KeyOutlined, TeamOutlined } from "@ant-design/icons";
import { loaded, type Room } from "@/shared/rooms";
import en from "./locales/en.json";
import zh from "./locales/zh.json";
import "./admin.css";

export const admin: Room = {
  name: "admin",
  words: { zh, en },
  views: [
    {
      path: "/staff",
      menu: "menu.staff",
      icon: <TeamOutlined aria-hidden />,
      scope: "admin",
      ...loaded(() => import("./staff/StaffView")),
    },
    { path: "/transfers/:plan?", scope: "lookup", ...loaded(() => import("./transfers/TransfersView")) },
    {
      path: "/duties",
      menu: "menu.duties",
      icon: <FileProtectOutlined aria-hidden />,
      scope: "admin",
      ...loaded(() => import("./duties/DutiesView")),
    },
    {
      path: "/access",
      menu: "menu.access",
      icon: <KeyOutlined aria-hidden />,
      scope: "admin",
      ...loaded(() => import("./access/AccessView")),
    },
  ],
};
