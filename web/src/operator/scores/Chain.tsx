import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Table } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answer, api } from "@/shared/api/client";
import { number } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { CaseLinks } from "./CaseLinks";

interface Report {
  whole: boolean;
  rows: number;
  head: number;
  hash: string;
  told_again: number;
  faults: { number: number; what: string }[];
  differs: {
    number: number;
    period: string;
    unit: string;
    what: string[];
    cases: number[];
    superseded: boolean;
  }[];
}

/** Whether every stored number still follows from the one before and from its cases. */
export function Chain() {
  const { t } = useTranslation("operator");
  const verify = useMutation({ mutationFn: () => answer<Report>(api.GET("/api/v1/scores/verify")) });
  return (
    <>
      <p>{t("chain.what")}</p>
      <Button type="primary" loading={verify.isPending} onClick={() => verify.mutate()}>
        {t("chain.verify")}
      </Button>
      {verify.error && <ProblemNotice error={verify.error} />}
      {verify.data && <Found report={verify.data} />}
    </>
  );
}

function Found({ report }: { report: Report }) {
  const { t } = useTranslation("operator");
  const counts = { rows: number(report.rows), again: number(report.told_again) };
  return (
    <>
      <Alert
        style={{ margin: "12px 0" }}
        type={report.whole ? "success" : "error"}
        showIcon
        title={t(report.whole ? "chain.whole" : "chain.broken", counts)}
        description={report.head > 0 && t("chain.head", { head: report.head, hash: report.hash })}
      />
      {report.faults.length > 0 && (
        <ul>
          {report.faults.map((fault) => (
            <li key={`${fault.number}-${fault.what}`}>
              {fault.number}: {fault.what}
            </li>
          ))}
        </ul>
      )}
      {report.differs.length > 0 && (
        <Table
          rowKey="number"
          size="small"
          dataSource={report.differs}
          pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
          columns={[
            {
              title: t("appeals.score"),
              render: (_, row) => (
                <Link to={`/scores/${row.number}`}>
                  {row.unit || t("unit.city")} · {row.period}
                </Link>
              ),
            },
            { title: t("chain.differs"), render: (_, row) => row.what.join(", ") },
            { title: t("scores.case"), render: (_, row) => <CaseLinks cases={row.cases} /> },
            { title: t("chain.superseded"), render: (_, row) => (row.superseded ? t("chain.yes") : "") },
          ]}
        />
      )}
    </>
  );
}
