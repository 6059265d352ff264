import { Button, Table, Tag } from "antd";
import { useTranslation } from "react-i18next";
import { moment } from "@/shared/format";
import type { Comment } from "./comment";
import { Handled } from "./Handled";

interface CommentTableProps {
  plan: number;
  comments: Comment[];
  chosen: Comment | null;
  onChoose: (comment: Comment) => void;
}

/** Comments, newest first; a row shows its grid on the map. */
export function CommentTable({ plan, comments, chosen, onChoose }: CommentTableProps) {
  const { t } = useTranslation("planner");
  return (
    <Table
      size="small"
      rowKey="id"
      dataSource={comments}
      pagination={{ pageSize: 20, hideOnSinglePage: true }}
      rowClassName={(one) => (one.id === chosen?.id ? "chosen" : "")}
      columns={[
        {
          title: t("consultation.grid"),
          key: "grid",
          width: 150,
          filters: [...new Set(comments.map((one) => one.grid ?? ""))].sort().map((grid) => ({
            text: grid || t("consultation.whole"),
            value: grid,
          })),
          onFilter: (value, one) => (one.grid ?? "") === value,
          render: (_, one) => (
            <Button type="link" size="small" onClick={() => onChoose(one)}>
              {one.grid ?? t("consultation.whole")}
            </Button>
          ),
        },
        {
          title: t("consultation.text"),
          key: "text",
          render: (_, one) => (
            <>
              {one.text} {!one.is_current && <Tag>{t("consultation.earlier")}</Tag>}
              <div className="quiet">{moment(one.made_at)}</div>
              <Handled plan={plan} comment={one} />
            </>
          ),
        },
      ]}
    />
  );
}
