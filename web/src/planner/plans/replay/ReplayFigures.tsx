import { Table } from "antd";
import { useTranslation } from "react-i18next";
import { number, share } from "@/shared/format";

export interface ReplaySummary {
  events?: number;
  errors?: number;
  in_grid?: number;
  on_border?: number;
  before?: Record<string, unknown> | null;
  load?: Record<string, Record<string, number>>;
  [member: string]: unknown;
}

const PARAMETERS = ["cell_m"];

function isFigure(entry: [string, unknown]): entry is [string, number] {
  return typeof entry[1] === "number" && !PARAMETERS.includes(entry[0]);
}

/** What a replay found, in figures: everything that is a number, by its name; loads kind by kind. */
export function ReplayFigures({ summary }: { summary: ReplaySummary }) {
  const { t } = useTranslation("planner");
  const plain = Object.entries(summary).filter(isFigure);
  const before = Object.entries(summary.before ?? {}).filter(isFigure);
  const loads = Object.entries(summary.load ?? {}).filter(([, row]) => typeof row === "object" && row !== null);
  const shown = (name: string, value: number) => (name.startsWith("share") ? share(value) : number(value, 2));
  return (
    <>
      <dl className="figures">
        {plain.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`replay.figure.${name}`, { defaultValue: name })}</dt>
            <dd>{shown(name, value)}</dd>
          </div>
        ))}
      </dl>
      {before.length > 0 && <h2>{t("replay.before")}</h2>}
      <dl className="figures">
        {before.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`replay.figure.${name}`, { defaultValue: name })}</dt>
            <dd>{shown(name, value)}</dd>
          </div>
        ))}
      </dl>
      {loads.length > 0 && (
        <>
          <h2>{t("replay.load")}</h2>
          <Table
            size="small"
            rowKey={([kind]) => kind}
            pagination={false}
            scroll={{ x: "max-content" }}
            dataSource={loads}
            columns={[
              { title: t("result.kind"), render: (_, [kind]) => t(`kind.${kind}`, { defaultValue: kind }) },
              { title: t("replay.mean"), align: "right", render: (_, [, row]) => number(row.mean, 1) },
              { title: "p95", align: "right", render: (_, [, row]) => number(row.p95, 1) },
              { title: t("replay.most"), align: "right", render: (_, [, row]) => number(row.max ?? row.most, 1) },
              { title: "Gini", align: "right", render: (_, [, row]) => number(row.gini, 3) },
            ]}
          />
        </>
      )}
    </>
  );
}
