import {
  BellOutlined,
  DashboardOutlined,
  FileAddOutlined,
  InboxOutlined,
  SafetyCertificateOutlined,
  TrophyOutlined,
} from "@ant-design/icons";
import { loaded, type Room } from "@/shared/rooms";
import en from "./locales/en.json";
import zh from "./locales/zh.json";
import "./operator.css";

export const operator: Room = {
  name: "operator",
  words: { zh, en },
  views: [
    {
      path: "/cases",
      menu: "menu.cases",
      icon: <InboxOutlined aria-hidden />,
      scope: "events",
      ...loaded(() => import("./cases/CasesView")),
    },
    { path: "/cases/:event", scope: "events", ...loaded(() => import("./cases/CaseView")) },
    {
      path: "/report",
      menu: "menu.report",
      icon: <FileAddOutlined aria-hidden />,
      scope: "events",
      ...loaded(() => import("./report/ReportView")),
    },
    {
      path: "/dashboard",
      menu: "menu.dashboard",
      icon: <DashboardOutlined aria-hidden />,
      scope: "lookup",
      ...loaded(() => import("./dashboard/DashboardView")),
    },
    {
      path: "/scores",
      menu: "menu.scores",
      icon: <TrophyOutlined aria-hidden />,
      scope: "lookup",
      ...loaded(() => import("./scores/ScoresView")),
    },
    { path: "/scores/:score", scope: "lookup", ...loaded(() => import("./scores/ScoreView")) },
    {
      path: "/objects",
      menu: "menu.objects",
      icon: <SafetyCertificateOutlined aria-hidden />,
      scope: "lookup",
      ...loaded(() => import("./objects/ObjectsView")),
    },
    {
      path: "/notices",
      menu: "menu.notices",
      icon: <BellOutlined aria-hidden />,
      scope: "lookup",
      ...loaded(() => import("./notices/NoticesView")),
    },
    { path: "/notices/:notice", scope: "lookup", ...loaded(() => import("./notices/NoticeView")) },
  ],
};
