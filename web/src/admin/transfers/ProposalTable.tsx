import { AimOutlined } from "@ant-design/icons";
import { Button, Table, Tag } from "antd";
import { useTranslation } from "react-i18next";
import { moment, number, share } from "@/shared/format";
import { useNetworkNames } from "@/shared/queries";
import { reasonWords } from "../reasons";
import { type Transfer, wayOf } from "./transfer";

const STATE_COLORS = { open: "default", accepted: "#2e7d32", leaves: "#5f5f5f" } as const;

interface ProposalTableProps {
  rows: readonly Transfer[];
  nameOf: (role: string) => string;
  /** Posts that are ticked; null where nothing can be decided. */
  ticked: number[] | null;
  onTick: (posts: number[]) => void;
  way: string | null;
  onWay: (way: string | null) => void;
}

/** Every post: from where, to where, how sure and why; opened, who decided it and for which reason. */
export function ProposalTable({ rows, nameOf, ticked, onTick, way, onWay }: ProposalTableProps) {
  const { t } = useTranslation("admin");
  const networkName = useNetworkNames();
  const place = (grid: string | null, role: string, network = "") =>
    grid === null ? (
      <Tag color="#b45309">{t("transfers.nowhere")}</Tag>
    ) : (
      <>
        {grid}
        <div className="quiet">{[nameOf(role), network && networkName(network)].filter(Boolean).join(" · ")}</div>
      </>
    );
  return (
    <Table<Transfer>
      rowKey="post"
      size="small"
      locale={{ emptyText: t("transfers.noneHere") }}
      pagination={{ defaultPageSize: 10, hideOnSinglePage: true }}
      rowClassName={(row) => (way !== null && wayOf(row) === way ? "picked" : "")}
      {...(ticked
        ? {
            rowSelection: {
              selectedRowKeys: ticked,
              hideSelectAll: true,
              onChange: (keys) => onTick(keys.map(Number)),
              getCheckboxProps: (row) => ({
                "aria-label": t("transfers.tick", { name: row.name, grid: row.old_grid }),
              }),
            },
          }
        : {})}
      expandable={{ expandedRowRender: (row) => <Reasons row={row} /> }}
      dataSource={rows}
      columns={[
        { title: t("transfers.person"), dataIndex: "name" },
        { title: t("transfers.from"), render: (_, row) => place(row.old_grid, row.old_role, row.network) },
        { title: t("transfers.to"), render: (_, row) => (row.state === "leaves" ? "–" : place(row.to, row.to_role)) },
        {
          title: t("transfers.state"),
          render: (_, row) => (
            <>
              <Tag color={STATE_COLORS[row.state]}>{t(`transfers.is.${row.state}`)}</Tag>{" "}
              {!row.sure && <Tag color="#b45309">{t("transfers.isUnsure")}</Tag>}
            </>
          ),
        },
        {
          title: t("transfers.onMap"),
          render: (_, row) => (
            <Button
              type="text"
              size="small"
              icon={<AimOutlined />}
              aria-pressed={way === wayOf(row)}
              aria-label={t("transfers.show", { name: row.name, grid: row.old_grid })}
              onClick={() => onWay(way === wayOf(row) ? null : wayOf(row))}
            />
          ),
        },
      ]}
    />
  );
}

function Reasons({ row }: { row: Transfer }) {
  const { t } = useTranslation("admin");
  return (
    <ul className="plain">
      <li>{t("transfers.because", { reason: reasonWords(row.said, row.reason, t) })}</li>
      <li>{t("transfers.measures", { share: share(row.share, 0), metres: number(row.distance_m) })}</li>
      {row.state !== "leaves" && row.to !== row.proposed && (
        <li>{t("transfers.insteadOf", { grid: row.proposed ?? "–" })}</li>
      )}
      {row.decided_by && (
        <li>
          {t("transfers.decided", { by: row.decided_by, at: moment(row.decided_at) })} {row.why}
        </li>
      )}
    </ul>
  );
}
