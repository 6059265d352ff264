import { App as AntApp, ConfigProvider, Result, Skeleton } from "antd";
import enGB from "antd/locale/en_GB";
import zhCN from "antd/locale/zh_CN";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Route, Routes } from "react-router";
import { Entrance, SignInAgain } from "./Entrance";
import { Header } from "./Header";
import { ROOMS } from "./rooms";
import { ErrorBoundary } from "./shared/ErrorBoundary";
import type { View } from "./shared/rooms";
import { useSession } from "./shared/session";
import { theme } from "./theme";

export function App() {
  const { i18n } = useTranslation();
  return (
    <ConfigProvider
      locale={i18n.language === "en" ? enGB : zhCN}
      theme={theme}
      button={{ autoInsertSpace: false }}
      wave={{ disabled: true }} // a ring that spreads for two seconds, for which the whole page is drawn 30 times
    >
      <AntApp className="page">
        <Pages />
        <SignInAgain />
      </AntApp>
    </ConfigProvider>
  );
}

function Pages() {
  const { can, me } = useSession();
  const views = ROOMS.flatMap((room) => room.views);
  const first = views.find((view) => view.menu && view.scope && can(view.scope));
  return (
    <Routes>
      {views.map((view) => (
        <Route key={view.path} path={view.path} element={<Framed view={view} />} />
      ))}
      <Route path="/" element={me && first ? <Navigate to={first.path} replace /> : <Framed view={null} />} />
      <Route path="*" element={<Framed view={null} />} />
    </Routes>
  );
}

/** A view with the header around it, for those who may see it. */
function Framed({ view }: { view: View | null }) {
  const { t } = useTranslation("shared");
  const { me, can } = useSession();
  const isOpen = view !== null && view.scope === null;
  if (!me && !isOpen) return <Entrance />;
  const isAllowed = isOpen || (view?.scope ? can(view.scope) : false);
  return (
    <>
      {!view?.bare && <Header />}
      <main className={view?.bare ? "bare" : "framed"} id="main">
        <ErrorBoundary key={view?.path}>
          <Suspense fallback={<Skeleton active className="padded" />}>
            {!view && <Result status="404" title={t("notFound")} />}
            {view && !isAllowed && (
              <Result status="403" title={t("notAllowed")} subTitle={t("needsScope", { scope: view.scope })} />
            )}
            {view && isAllowed && <view.view />}
          </Suspense>
        </ErrorBoundary>
      </main>
    </>
  );
}
