import { GlobalOutlined, LogoutOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Dropdown, Menu } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { ROOMS } from "./rooms";
import { speak } from "./shared/i18n";
import { useSession } from "./shared/session";

export function Header() {
  const { t } = useTranslation("shared");
  const { pathname } = useLocation();
  const { can } = useSession();
  const entries = ROOMS.flatMap((room) =>
    room.views
      .filter((view) => view.menu && !view.bare && (view.scope === null || can(view.scope)))
      .map((view) => ({
        key: view.path,
        icon: view.icon,
        label: <Link to={view.path}>{t(`${room.name}:${view.menu}`)}</Link>,
      })),
  );
  const here = entries.filter((entry) => pathname.startsWith(entry.key)).map((entry) => entry.key);
  return (
    <header className="header">
      <a className="skip" href="#main">
        {t("skip")}
      </a>
      <Link to="/" className="brand">
        <img src="/favicon.svg" alt="" width={24} height={24} />
        {t("name")}
      </Link>
      <nav aria-label={t("views")}>
        <Menu mode="horizontal" items={entries} selectedKeys={here} disabledOverflow />
      </nav>
      <LanguageSwitch />
      <Account />
    </header>
  );
}

export function LanguageSwitch() {
  const { i18n } = useTranslation("shared");
  const other = i18n.language === "en" ? "zh" : "en";
  return (
    <Button type="text" icon={<GlobalOutlined aria-hidden />} lang={other} onClick={() => speak(other)}>
      {other === "en" ? "English" : "中文"}
    </Button>
  );
}

function Account() {
  const { t } = useTranslation("shared");
  const { me, signOut } = useSession();
  if (!me) return null;
  const items = [{ key: "out", icon: <LogoutOutlined aria-hidden />, label: t("signOut"), onClick: signOut }];
  return (
    <Dropdown menu={{ items }} trigger={["click"]}>
      <Button type="text" icon={<UserOutlined aria-hidden />} aria-label={t("account", { name: me.name })}>
        {me.name}
      </Button>
    </Dropdown>
  );
}
