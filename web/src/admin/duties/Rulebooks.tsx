import { useQuery } from "@tanstack/react-query";
import { Button, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { day, moment } from "@/shared/format";
import { Loaded } from "@/shared/States";
import { useDefinitions } from "@/shared/scores/definitions";
import { LayDown } from "./LayDown";
import { RulebookTold } from "./RulebookTold";
import type { Rulebook } from "./rulebook";

/** Laid down by OneGrid itself, where nobody had put another. */
const isOwn = (book: Rulebook) => book.created_by === "system";

/** What scores are counted by. A rulebook is never changed or taken away: another is laid down from a day on. */
export function Rulebooks() {
  const { t } = useTranslation("admin");
  const [start, begin] = useState<Rulebook | "holding" | null>(null);
  const close = () => begin(null);
  const holding = useDefinitions();
  const books = useQuery({
    queryKey: ["scores", "rulebooks"],
    queryFn: () => answer<Rulebook[]>(api.GET("/api/v1/scores/rules")),
  });
  return (
    <>
      <div className="row spread">
        <p className="quiet">{t("rulebooks.what")}</p>
        <Button onClick={() => begin("holding")}>{t("rulebooks.new")}</Button>
      </div>
      {start === "holding" && <Loaded of={holding}>{({ rules }) => <LayDown rules={rules} onClose={close} />}</Loaded>}
      {start !== null && start !== "holding" && <LayDown key={start.id} rules={start.rules} onClose={close} />}
      <Loaded of={books}>
        {(found) => (
          <Table
            rowKey="id"
            size="small"
            locale={{ emptyText: t("rulebooks.none") }}
            pagination={false}
            dataSource={[...found].reverse()}
            expandable={{ expandedRowRender: (book) => <RulebookTold rules={book.rules} /> }}
            columns={[
              { title: t("duties.from"), render: (_, book) => day(book.valid_from) },
              {
                title: t("rulebooks.reason"),
                render: (_, book) => (isOwn(book) ? t("rulebooks.default") : book.reason),
              },
              { title: t("rulebooks.by"), render: (_, book) => (isOwn(book) ? t("name") : book.created_by) },
              { title: t("rulebooks.at"), render: (_, book) => moment(book.recorded_at) },
              {
                key: "actions",
                render: (_, book) => (
                  <Button type="link" size="small" onClick={() => begin(book)}>
                    {t("rulebooks.replace")}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
