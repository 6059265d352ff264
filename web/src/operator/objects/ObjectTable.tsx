import { Button, Table } from "antd";
import { useTranslation } from "react-i18next";
import { day } from "@/shared/format";
import { LevelMark } from "./LevelMark";
import { readKey, type Watched } from "./object";

interface ObjectTableProps {
  objects: readonly Watched[];
  hasMore: boolean;
  onMore: () => void;
  onChoose: (id: number) => void;
}

/** Objects with their colour and since when. */
export function ObjectTable({ objects, hasMore, onMore, onChoose }: ObjectTableProps) {
  const { t } = useTranslation("operator");
  const kind = (key: string) => {
    const [known, id] = readKey(key);
    return known ? `${t(`objects.kinds.${known}`)} ${id}` : id;
  };
  return (
    <>
      <Table<Watched>
        rowKey="id"
        size="small"
        locale={{ emptyText: t("objects.none") }}
        pagination={{ defaultPageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
        dataSource={objects}
        columns={[
          { title: t("objects.level"), render: (_, one) => <LevelMark level={one.level} /> },
          {
            title: t("objects.object"),
            render: (_, one) => (
              <>
                <Button type="link" size="small" onClick={() => onChoose(one.id)}>
                  {one.name || readKey(one.key)[1]}
                </Button>
                <div className="quiet indented">{kind(one.key)}</div>
              </>
            ),
          },
          { title: t("objects.since"), render: (_, one) => day(one.since) },
        ]}
      />
      {hasMore && <Button onClick={onMore}>{t("objects.more")}</Button>}
    </>
  );
}
