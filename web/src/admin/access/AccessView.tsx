import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { AuditTrail } from "./AuditTrail";
import { Keys } from "./Keys";
import { Subscriptions } from "./Subscriptions";
import { Users } from "./Users";

/** Who may do what: people, machines, who is told by webhook, and what was changed. */
export default function AccessView() {
  const { t } = useTranslation("admin");
  return (
    <div className="sheet">
      <h1>{t("access.title")}</h1>
      <Tabs
        items={[
          { key: "users", label: t("access.users"), children: <Users /> },
          { key: "keys", label: t("access.keys"), children: <Keys /> },
          { key: "subscriptions", label: t("access.subscriptions"), children: <Subscriptions /> },
          { key: "audit", label: t("access.audit"), children: <AuditTrail /> },
        ]}
      />
    </div>
  );
}
