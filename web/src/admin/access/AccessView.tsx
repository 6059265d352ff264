import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { AuditTrail } from "./AuditTrail";
import { Keys } from "./Keys";
import { Users } from "./Users";

/** Who may do what: people, machines, and what they changed. */
export default function AccessView() {
  const { t } = useTranslation("admin");
  return (
    <div className="sheet">
      <h1>{t("access.title")}</h1>
      <Tabs
        items={[
          { key: "users", label: t("access.users"), children: <Users /> },
          { key: "keys", label: t("access.keys"), children: <Keys /> },
          { key: "audit", label: t("access.audit"), children: <AuditTrail /> },
        ]}
      />
    </div>
  );
}
