import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Alert, Card, Select, Statistic, Table, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { number } from "@/shared/format";
import { sayLimits } from "@/shared/limits";
import { useNetworkNames, useNetworks } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { type Duty, scopeName } from "./duty";
import { MatrixMap } from "./MatrixMap";
import { PROBLEMS, type Problem } from "./problems";

interface Cell {
  grid: string;
  kind: string;
  code: string;
  name: string;
  problems: Problem[];
  lead: string | null;
  duties: Duty[];
}

type Audit = {
  grids: number;
  matters: number;
  cells: number;
  is_clean: boolean;
  page: { total: number; cells: Cell[] };
} & Record<Problem, { count: number; cells: number }>;

const PAGE = 200;

/** Grid × matter: how many cells have nobody, two leads, or leads of crossing lines; each with the lines behind it. */
export function Matrix() {
  const { t } = useTranslation("admin");
  const networks = useNetworks();
  const nameOf = useNetworkNames();
  const known = (networks.data ?? []).map((each) => each.code);
  const [chosen, setChosen] = useState<string | null>(null);
  const network = chosen ?? (known.includes("unified") ? "unified" : known[0]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const audit = useQuery({
    queryKey: ["duties", "audit", network, problem],
    queryFn: () =>
      answer<Audit>(
        api.GET("/api/v1/duties/audit", {
          params: { query: { network, limit: PAGE, ...(problem ? { problem } : {}) } },
        }),
      ),
    enabled: network !== undefined,
    placeholderData: keepPreviousData,
  });
  if (network === undefined) return <Alert type="info" title={t("duties.noNetwork")} />;
  return (
    <>
      <div className="row">
        <Select
          aria-label={t("column.network")}
          value={network}
          onChange={setChosen}
          options={known.map((value) => ({ value, label: nameOf(value) }))}
        />
      </div>
      <Loaded of={audit}>
        {(found) => (
          <>
            <Counts audit={found} problem={problem} onChange={setProblem} />
            <div className="halves">
              <Cells cells={found.page.cells} total={found.page.total} />
              <MatrixMap network={network} problem={problem} />
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}

function Counts(props: { audit: Audit; problem: Problem | null; onChange: (problem: Problem | null) => void }) {
  const { t } = useTranslation("admin");
  const { audit, problem, onChange } = props;
  return (
    <>
      <p className="quiet">
        {t("duties.size", { grids: number(audit.grids), matters: number(audit.matters), cells: number(audit.cells) })}
      </p>
      {audit.is_clean && <Alert type="success" showIcon title={t("duties.clean")} />}
      <div className="cards">
        {PROBLEMS.map((each) => (
          <Card
            key={each}
            size="small"
            hoverable
            role="button"
            tabIndex={0}
            aria-pressed={each === problem}
            onClick={() => onChange(each === problem ? null : each)}
            onKeyDown={(event) => event.key === "Enter" && onChange(each === problem ? null : each)}
          >
            <Statistic title={t(`problem.${each}`)} value={number(audit[each].cells)} suffix={t("duties.cells")} />
          </Card>
        ))}
      </div>
    </>
  );
}

function Cells({ cells, total }: { cells: Cell[]; total: number }) {
  const { t } = useTranslation("admin");
  return (
    <Table
      rowKey={(cell) => `${cell.grid} ${cell.kind} ${cell.code}`}
      size="small"
      title={() => t("duties.shown", { shown: number(cells.length), total: number(total) })}
      scroll={{ x: "max-content" }}
      pagination={{ defaultPageSize: 15, hideOnSinglePage: true }}
      expandable={{ expandedRowRender: (cell) => <Lines duties={cell.duties} /> }}
      dataSource={cells}
      columns={[
        { title: t("column.grid"), dataIndex: "grid" },
        { title: t("column.matter"), render: (_, cell) => `${cell.code} ${cell.name}` },
        { title: t("column.lead"), render: (_, cell) => cell.lead ?? "–" },
        {
          title: t("duties.problems"),
          render: (_, cell) =>
            cell.problems.map((each) => (
              <Tag key={each} color={each === "unowned" ? "#c0262d" : "#b45309"}>
                {t(`problem.${each}`)}
              </Tag>
            )),
        },
      ]}
    />
  );
}

function Lines({ duties }: { duties: Duty[] }) {
  const { t } = useTranslation("admin");
  if (duties.length === 0) return <>{t("duties.noLine")}</>;
  return (
    <ul>
      {duties.map((duty) => (
        <li key={duty.number}>
          {[duty.number, scopeName(duty.scope, t), duty.lead, sayLimits(duty.limits, t)].filter(Boolean).join(" · ")}
        </li>
      ))}
    </ul>
  );
}
