import { Button, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { number } from "@/shared/format";
import { useSession } from "@/shared/session";
import { CaseLink } from "./CaseLinks";
import { FileAppeal } from "./FileAppeal";
import { useAgainst, useReasons } from "./queries";
import type { Deduction, ScoreSheet } from "./score";

/** Points off, each with its rule, case and reason; who works on cases may object to one. */
export function DeductionSheet({ sheet }: { sheet: ScoreSheet }) {
  const { t } = useTranslation("operator");
  const { can } = useSession();
  const againstName = useAgainst();
  const reasonIn = useReasons();
  const [against, setAgainst] = useState<{ event: number; against: string } | null>(null);
  const taken = sheet.deductions.reduce((sum, entry) => sum + entry.points, 0);
  if (sheet.total === null) return <p className="quiet">{t("scores.noSheet")}</p>;
  return (
    <>
      <p>{t("scores.sum", { taken: number(taken, 2), total: number(sheet.total, 2) })}</p>
      <Table<Deduction>
        rowKey={(entry) => `${entry.rule}-${entry.event}`}
        size="small"
        scroll={{ x: "max-content" }}
        locale={{ emptyText: t("scores.noDeductions") }}
        pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
        dataSource={sheet.deductions}
        columns={[
          { title: t("scores.rule"), render: (_, entry) => againstName(entry.rule) },
          { title: t("scores.case"), render: (_, entry) => entry.event !== null && <CaseLink event={entry.event} /> },
          { title: t("scores.points"), align: "right", render: (_, entry) => `−${number(entry.points, 2)}` },
          { title: t("scores.reason"), render: (_, entry) => reasonIn(entry.reason) },
          {
            title: "",
            render: (_, { event, rule }) =>
              can("events") &&
              event !== null && (
                <Button
                  size="small"
                  aria-label={t("scores.appealOf", { event, rule })}
                  onClick={() => setAgainst({ event, against: rule })}
                >
                  {t("scores.appeal")}
                </Button>
              ),
          },
        ]}
      />
      {against && <FileAppeal score={sheet.number} {...against} onClose={() => setAgainst(null)} />}
    </>
  );
}
