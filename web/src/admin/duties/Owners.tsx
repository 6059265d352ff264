import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Table } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { RowActions } from "./RowActions";

interface Owned {
  id: number;
  key: string;
  name: string;
  owner: string;
}

interface Wish {
  key: string;
  owner: string;
}

const PAGE = 500;

/** Whose an object is: events about it go to its owner, whatever area they lie in. */
export function Owners() {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [form] = Form.useForm<Wish>();
  const objects = useInfiniteQuery({
    queryKey: ["objects", "owners"],
    queryFn: ({ pageParam }) =>
      answer<{ objects: Owned[]; next: number | null }>(
        api.GET("/api/v1/objects", { params: { query: { limit: PAGE, after: pageParam } } }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
  });
  const onSuccess = () => {
    form.resetFields();
    refresh(queries, "objects");
  };
  const put = useMutation({
    mutationFn: (wish: Wish) => answer(api.PUT("/api/v1/objects", { body: { ...wish, name: "" } })),
    onSuccess,
  });
  const withdraw = useMutation({
    mutationFn: (id: number) =>
      answer(api.DELETE("/api/v1/objects/{object_id}/owner", { params: { path: { object_id: id } } })),
    onSuccess,
  });
  const needed = [{ required: true, message: t("form.required") }];
  const error = put.error ?? withdraw.error;
  return (
    <>
      <p className="quiet">{t("owners.what")}</p>
      <Form name="owner" form={form} layout="inline" onFinish={(wish) => put.mutate(wish)}>
        <Form.Item name="key" label={t("owners.object")} rules={needed}>
          <Input placeholder="business:91440101MA5" maxLength={300} style={{ width: 260 }} />
        </Form.Item>
        <Form.Item name="owner" label={t("owners.owner")} rules={needed}>
          <Input maxLength={200} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={put.isPending}>
          {t("save")}
        </Button>
      </Form>
      {error && <ProblemNotice error={error} />}
      <Loaded of={objects}>
        {(found) => (
          <>
            <Table
              rowKey="id"
              size="small"
              locale={{ emptyText: t("owners.none") }}
              pagination={{ defaultPageSize: 20, hideOnSinglePage: true }}
              dataSource={found.pages.flatMap((page) => page.objects).filter((one) => one.owner)}
              columns={[
                { title: t("owners.object"), dataIndex: "key" },
                { title: t("column.name"), dataIndex: "name" },
                { title: t("owners.owner"), dataIndex: "owner" },
                {
                  key: "actions",
                  render: (_, one) => (
                    <RowActions
                      sure={t("owners.sure")}
                      onChange={() => form.setFieldsValue(one)}
                      onWithdraw={() => withdraw.mutate(one.id)}
                    />
                  ),
                },
              ]}
            />
            {objects.hasNextPage && (
              <Button loading={objects.isFetchingNextPage} onClick={() => void objects.fetchNextPage()}>
                {t("owners.more")}
              </Button>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}
