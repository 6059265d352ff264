import { Input, Table } from "antd";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Shape, Shapes } from "@/shared/api/answers";
import { shortened } from "@/shared/codes";
import { number, share } from "@/shared/format";
import type { GridProperties } from "../plan";

interface GridTableProps {
  grids: Shapes<GridProperties>;
  chosen: string | null;
  onChoose: (grid: Shape<GridProperties>) => void;
}

type Row = GridProperties & { shape: Shape<GridProperties> };
const by = (name: string) => (a: Row, b: Row) => Number(a[name] ?? 0) - Number(b[name] ?? 0);

/** The grids as rows; a click goes to the grid on the map, and a grid chosen on the map scrolls into view. */
export function GridTable({ grids, chosen, onChoose }: GridTableProps) {
  const { t } = useTranslation("planner");
  const [words, setWords] = useState("");
  const table = useRef<React.ComponentRef<typeof Table>>(null);
  const rows = useMemo<Row[]>(
    () =>
      grids.features
        .map((shape) => ({ ...shape.properties, shape }))
        .filter(
          (row) => !words || `${row.code} ${row.name} ${row.area ?? ""}`.toLowerCase().includes(words.toLowerCase()),
        ),
    [grids, words],
  );
  const short = useMemo(() => shortened(grids.features.map(({ properties }) => properties.code)), [grids]);
  useEffect(() => {
    if (chosen) table.current?.scrollTo({ key: chosen });
  }, [chosen]);
  return (
    <>
      <Input.Search
        allowClear
        placeholder={t("result.find")}
        aria-label={t("result.find")}
        onChange={(event) => setWords(event.target.value)}
      />
      <Table<Row>
        ref={table as never}
        size="small"
        virtual
        rowKey="code"
        pagination={false}
        className="dense"
        scroll={{ y: 520, x: 468 }}
        dataSource={rows}
        rowClassName={(row) => (row.code === chosen ? "chosen" : "")}
        onRow={(row) => ({
          tabIndex: 0,
          style: { cursor: "pointer" },
          onClick: () => onChoose(row.shape),
          onKeyDown: (event) => {
            if (event.key === "Enter") onChoose(row.shape);
          },
        })}
        columns={[
          {
            title: t("result.code"),
            width: 104,
            render: (_, { code }) => <span title={code}>{short(code)}</span>,
            sorter: (a, b) => a.code.localeCompare(b.code),
          },
          {
            title: t("result.kind"),
            width: 60,
            render: (_, row) => t(`kind.${row.kind}`),
            sorter: (a, b) => a.kind.localeCompare(b.kind),
          },
          {
            title: t("result.amount"),
            width: 84,
            align: "right",
            render: (_, row) => number(row.amount),
            sorter: by("amount"),
          },
          {
            title: t("result.deviation"),
            width: 88,
            align: "right",
            render: (_, row) => share(row.deviation),
            sorter: by("deviation"),
          },
          {
            title: t("result.kept"),
            width: 60,
            align: "right",
            render: (_, row) => share(row.kept_old, 0),
            sorter: by("kept_old"),
          },
          { title: t("plans.pieces"), width: 72, align: "right", dataIndex: "pieces", sorter: by("pieces") },
        ]}
      />
    </>
  );
}
