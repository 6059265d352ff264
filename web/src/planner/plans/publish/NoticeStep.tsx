import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, DatePicker, Table } from "antd";
import type { Dayjs } from "dayjs";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { moment, number } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import type { Plan } from "../plan";

interface Notice {
  id?: number;
  department: string;
  counts: Record<string, number>;
  given_at?: string;
}

interface NoticeStepProps {
  plan: Plan;
  validFrom: Dayjs;
  onValidFrom: (day: Dayjs) => void;
}

/** What each department gains and loses, before it is told; then what was told and when. */
export function NoticeStep({ plan, validFrom, onValidFrom }: NoticeStepProps) {
  const { t } = useTranslation("planner");
  const queries = useQueryClient();
  const asked = { params: { path: { plan_id: plan.id } }, body: { valid_from: validFrom.format("YYYY-MM-DD") } };
  const preview = useQuery({
    queryKey: ["plan", plan.id, "notices", "preview", plan.version, asked.body.valid_from],
    queryFn: () => answer<Notice[]>(api.POST("/api/v1/plans/{plan_id}/notices/preview", asked)),
  });
  const given = useQuery({
    queryKey: ["plan", plan.id, "notices", "given"],
    queryFn: () => answer<Notice[]>(api.GET("/api/v1/plans/{plan_id}/notices", { params: asked.params })),
  });
  const give = useMutation({
    mutationFn: () => answer<Notice[]>(api.POST("/api/v1/plans/{plan_id}/notices", asked)),
    onSuccess: () => refresh(queries, "plan"),
  });
  return (
    <>
      <div className="row">
        <DatePicker
          value={validFrom}
          allowClear={false}
          aria-label={t("target.validFrom")}
          onChange={(day) => day && onValidFrom(day)}
        />
        <Button onClick={() => give.mutate()} loading={give.isPending} disabled={(preview.data ?? []).length === 0}>
          {t("publish.give")}
        </Button>
      </div>
      {give.error && <ProblemNotice error={give.error} />}
      <Loaded of={preview} empty={t("publish.nobodyConcerned")}>
        {(notices) => <Notices notices={notices} />}
      </Loaded>
      {given.data && given.data.length > 0 && (
        <>
          <Alert type="success" showIcon title={t("publish.given", { at: moment(given.data.at(-1)?.given_at) })} />
          <Notices notices={given.data} />
        </>
      )}
    </>
  );
}

function Notices({ notices }: { notices: Notice[] }) {
  const { t } = useTranslation("planner");
  const lists = [...new Set(notices.flatMap((notice) => Object.keys(notice.counts)))];
  return (
    <Table
      size="small"
      rowKey={(notice) => `${notice.id ?? ""}${notice.department}`}
      dataSource={notices}
      pagination={{ pageSize: 10, hideOnSinglePage: true }}
      scroll={{ x: "max-content" }}
      columns={[
        { title: t("publish.department"), dataIndex: "department" },
        ...lists.map((list) => ({
          title: t(`publish.list.${list}`, { defaultValue: list }),
          key: list,
          align: "right" as const,
          render: (_: unknown, notice: Notice) => number(notice.counts[list] ?? 0),
        })),
      ]}
    />
  );
}
