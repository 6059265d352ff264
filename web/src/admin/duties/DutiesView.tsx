import { useQueryClient } from "@tanstack/react-query";
import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { refresh } from "@/shared/queries";
import { ListImport } from "../ListImport";
import { DutyList } from "./DutyList";
import { LevelRules } from "./LevelRules";
import { Matrix } from "./Matrix";
import { Owners } from "./Owners";
import { Rulebooks } from "./Rulebooks";

/** Duty lines, the responsibility matrix that follows from them, and lists in and out. */
export default function DutiesView() {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  return (
    <div className="sheet">
      <div className="row spread">
        <h1>{t("duties.title")}</h1>
        <a href="/api/v1/duties.xlsx" download="duties.xlsx">
          {t("duties.export")}
        </a>
      </div>
      <Tabs
        items={[
          { key: "matrix", label: t("duties.matrix"), children: <Matrix /> },
          { key: "list", label: t("duties.list"), children: <DutyList /> },
          { key: "owners", label: t("owners.title"), children: <Owners /> },
          { key: "levels", label: t("levels.title"), children: <LevelRules /> },
          { key: "rulebooks", label: t("rulebooks.title"), children: <Rulebooks /> },
          {
            key: "import",
            label: t("staff.import"),
            children: (
              <ListImport path="/api/v1/duties/imports" field="files" onDone={() => refresh(queries, "duties")} />
            ),
          },
        ]}
      />
    </div>
  );
}
