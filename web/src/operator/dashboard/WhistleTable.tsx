import { Table } from "antd";
import { useTranslation } from "react-i18next";
import { number, share } from "@/shared/format";
import { Loaded } from "@/shared/States";
import { useWhistleFigures } from "./queries";

/** How departments answer whistles since the beginning of a month. */
export function WhistleTable({ month }: { month: string }) {
  const { t } = useTranslation("operator");
  const figures = useWhistleFigures(`${month}-01`);
  return (
    <Loaded of={figures} empty={t("whistle.none")}>
      {(departments) => (
        <Table
          rowKey="name"
          size="small"
          pagination={{ defaultPageSize: 10, hideOnSinglePage: true }}
          scroll={{ x: "max-content" }}
          dataSource={departments}
          columns={[
            { title: t("whistle.department"), dataIndex: "name" },
            { title: t("whistle.calls"), align: "right", render: (_, one) => number(one.calls) },
            { title: t("whistle.shareAnswered"), align: "right", render: (_, one) => share(one.share_answered) },
            { title: t("whistle.shareArrived"), align: "right", render: (_, one) => share(one.share_arrived) },
            { title: t("whistle.lateCount"), align: "right", render: (_, one) => number(one.late) },
            { title: t("whistle.median"), align: "right", render: (_, one) => number(one.median_minutes) },
            { title: t("whistle.score"), align: "right", render: (_, one) => number(one.mean_score, 1) },
          ]}
        />
      )}
    </Loaded>
  );
}
