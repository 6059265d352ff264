import {
  EnvironmentOutlined,
  FileAddOutlined,
  FileSearchOutlined,
  GlobalOutlined,
  ReadOutlined,
} from "@ant-design/icons";
import { Button, Result, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { speak } from "@/shared/i18n";
import { usePageFacts } from "@/shared/queries";

const PLACES = [
  { path: "/public", name: "place", icon: <EnvironmentOutlined aria-hidden /> },
  { path: "/public/report", name: "report", icon: <FileAddOutlined aria-hidden /> },
  { path: "/public/follow", name: "follow", icon: <FileSearchOutlined aria-hidden /> },
  { path: "/public/plans", name: "plans", icon: <ReadOutlined aria-hidden /> },
];

/** What is around every view of residents: name and language above, the four views below under the thumb. */
export function Frame({ title, children }: { title: string; children: ReactNode }) {
  const { t, i18n } = useTranslation("public");
  const { pathname } = useLocation();
  const facts = usePageFacts();
  const other = i18n.language === "en" ? "zh" : "en";
  return (
    <div className="resident">
      <header>
        <Link to="/public" className="brand">
          <img src="/favicon.svg" alt="" width={24} height={24} />
          {t("name")}
        </Link>
        <Button type="text" icon={<GlobalOutlined aria-hidden />} lang={other} onClick={() => speak(other)}>
          {other === "en" ? "English" : "中文"}
        </Button>
      </header>
      <div className="body">
        <h1>{title}</h1>
        {!facts.data && !facts.error && <Skeleton active />}
        {facts.data && !facts.data.public_page && <Result status="info" title={t("closed")} />}
        {facts.error && <Result status="warning" title={t("shared:problem.unreachable")} />}
        {facts.data?.public_page && children}
      </div>
      <nav aria-label={t("shared:views")}>
        {PLACES.map(({ path, name, icon }) => (
          <Link key={path} to={path} aria-current={isHere(path, pathname) ? "page" : undefined}>
            {icon}
            <span>{t(`menu.${name}`)}</span>
          </Link>
        ))}
      </nav>
    </div>
  );
}

function isHere(path: string, pathname: string): boolean {
  return path === "/public" ? pathname === path : pathname.startsWith(path);
}
