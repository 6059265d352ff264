import { useQueryClient } from "@tanstack/react-query";
import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { refresh } from "@/shared/queries";
import { ListImport } from "../ListImport";
import { Departments } from "./Departments";
import { Gaps } from "./Gaps";
import { Posts } from "./Posts";

/** Departments, people and their posts, what is vacant or double, and lists in and out. */
export default function StaffView() {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const imported = () => refresh(queries, "posts", "people", "departments", "staff");
  return (
    <div className="sheet">
      <div className="row spread">
        <h1>{t("staff.title")}</h1>
        <a href="/api/v1/staff/export?format=xlsx" download="staff.xlsx">
          {t("staff.export")}
        </a>
      </div>
      <Tabs
        items={[
          { key: "posts", label: t("staff.posts"), children: <Posts /> },
          { key: "gaps", label: t("staff.gaps"), children: <Gaps /> },
          { key: "departments", label: t("staff.departments"), children: <Departments /> },
          {
            key: "import",
            label: t("staff.import"),
            children: <ListImport path="/api/v1/staff/imports" field="file" onDone={imported} />,
          },
        ]}
      />
    </div>
  );
}
