import { useQueryClient } from "@tanstack/react-query";
import { Skeleton, Tabs } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { refresh } from "@/shared/queries";
import { ListImport } from "../ListImport";
import { Departments } from "./Departments";
import { Gaps } from "./Gaps";
import { Posts } from "./Posts";

const StaffMap = lazy(() => import("./StaffMap").then(({ StaffMap }) => ({ default: StaffMap })));

/** Departments, people and their posts, what is vacant or double, and lists in and out. */
export default function StaffView() {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const imported = () => refresh(queries, "posts", "people", "departments", "staff");
  return (
    <div className="sheet">
      <div className="row spread">
        <h1>{t("staff.title")}</h1>
        <div className="row">
          <Link to="/transfers">{t("transfers.title")}</Link>
          <a href="/api/v1/staff/export?format=xlsx" download="staff.xlsx">
            {t("staff.export")}
          </a>
        </div>
      </div>
      <Tabs
        items={[
          { key: "posts", label: t("staff.posts"), children: <Posts /> },
          {
            key: "map",
            label: t("staff.onMap"),
            children: (
              <Suspense fallback={<Skeleton active />}>
                <StaffMap />
              </Suspense>
            ),
          },
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
