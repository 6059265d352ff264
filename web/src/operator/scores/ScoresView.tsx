import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useSession } from "@/shared/session";
import { Appeals } from "./Appeals";
import { Chain } from "./Chain";
import { Standings } from "./Standings";

/** Scores of a period with their places, objections to them, and whether anybody has changed a number. */
export default function ScoresView() {
  const { t } = useTranslation("operator");
  const { can } = useSession();
  const [asked, ask] = useSearchParams();
  const tabs = [
    { key: "standings", label: t("scores.tab.standings"), children: <Standings />, isOpen: true },
    { key: "appeals", label: t("scores.tab.appeals"), children: <Appeals />, isOpen: can("events") },
    { key: "chain", label: t("scores.tab.chain"), children: <Chain />, isOpen: can("admin") },
  ];
  return (
    <div className="sheet">
      <h1>{t("scores.title")}</h1>
      <Tabs
        destroyOnHidden
        activeKey={asked.get("tab") ?? "standings"}
        onChange={(tab) => ask((known) => ({ ...Object.fromEntries(known), tab }), { replace: true })}
        items={tabs.filter((tab) => tab.isOpen).map(({ isOpen: _, ...tab }) => tab)}
      />
    </div>
  );
}
