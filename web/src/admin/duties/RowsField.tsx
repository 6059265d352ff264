import { DeleteOutlined } from "@ant-design/icons";
import { Button, Form, type FormRule, Table } from "antd";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

export interface Column {
  name: string;
  title: string;
  rules?: FormRule[];
  /** The input of a row; `label` names it to those who do not see the table. */
  input: (label: string, row: number) => ReactElement;
}

interface RowsFieldProps {
  name: string;
  title: string;
  what?: string;
  columns: readonly Column[];
  /** What a new row begins with. */
  blank: object;
}

/** A list of a form as a table of inputs: rows are added and taken away. */
export function RowsField({ name, title, what, columns, blank }: RowsFieldProps) {
  const { t } = useTranslation("admin");
  const inputs = columns.map(({ name: member, title, rules, input }) => ({
    key: member,
    title,
    render: (_: unknown, row: { name: number }) => (
      <Form.Item name={[row.name, member]} rules={rules} style={{ margin: 0 }}>
        {input(`${title} ${row.name + 1}`, row.name)}
      </Form.Item>
    ),
  }));
  return (
    <section aria-label={title} className="rows">
      <h2>{title}</h2>
      {what && <p className="quiet">{what}</p>}
      <Form.List name={name}>
        {(rows, { add, remove }, { errors }) => (
          <>
            <Table
              size="small"
              rowKey="key"
              pagination={false}
              scroll={{ x: "max-content" }}
              dataSource={rows}
              columns={[
                ...inputs,
                {
                  key: "remove",
                  render: (_, row) => (
                    <Button
                      type="text"
                      icon={<DeleteOutlined />}
                      aria-label={t("rulebooks.removeRow", { row: row.name + 1 })}
                      onClick={() => remove(row.name)}
                    />
                  ),
                },
              ]}
            />
            <Form.ErrorList errors={errors} />
            <Button size="small" onClick={() => add(blank)}>
              {t("rulebooks.addRow")}
            </Button>
          </>
        )}
      </Form.List>
    </section>
  );
}
