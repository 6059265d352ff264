import { InboxOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Descriptions, Table, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sendForm } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";

type Facts = Record<string, unknown>;

/** A list dropped onto the page: first what it would change and what is wrong with it, then taken in as a whole. */
export function ListImport({ path, field, onDone }: { path: string; field: "file" | "files"; onDone: () => void }) {
  const { t } = useTranslation("admin");
  const [file, setFile] = useState<File | null>(null);
  const send = (chosen: File, isDry: boolean) => sendForm<Facts>(path, [chosen], { dry_run: isDry }, { field });
  const preview = useMutation({ mutationFn: (chosen: File) => send(chosen, true) });
  const store = useMutation({ mutationFn: (chosen: File) => send(chosen, false), onSuccess: onDone });
  const errors = rows(preview.data?.errors);
  return (
    <>
      <Upload.Dragger
        accept=".xlsx,.csv"
        showUploadList={false}
        beforeUpload={(chosen) => {
          setFile(chosen);
          store.reset();
          preview.mutate(chosen);
          return false;
        }}
      >
        <p>
          <InboxOutlined aria-hidden style={{ fontSize: 28 }} />
        </p>
        <p>{t("import.drop")}</p>
      </Upload.Dragger>
      {(preview.error || store.error) && <ProblemNotice error={store.error ?? preview.error} />}
      {preview.data && file && !store.data && (
        <>
          <h2>{t("import.would", { file: file.name })}</h2>
          <Counts facts={preview.data} />
          {errors.length > 0 && <Alert type="error" title={t("import.errors", { count: errors.length })} />}
          <Rows rows={errors.length > 0 ? errors : changed(preview.data.changes)} />
          <Button
            type="primary"
            disabled={errors.length > 0}
            loading={store.isPending}
            onClick={() => store.mutate(file)}
          >
            {t("import.take")}
          </Button>
        </>
      )}
      {store.data && <Alert type="success" showIcon title={t("import.done")} />}
      {store.data && <Counts facts={store.data} />}
    </>
  );
}

function Counts({ facts }: { facts: Facts }) {
  const { t } = useTranslation("admin");
  const flat = Object.entries(facts).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([inner, count]) => [`${name}.${inner}`, count] as const)
      : [[name, value] as const],
  );
  const shown = flat.filter(([, value]) => typeof value === "number");
  return (
    <Descriptions
      size="small"
      column={{ xs: 1, sm: 2, md: 4 }}
      items={shown.map(([name, value]) => ({
        key: name,
        label: t(`count.${name}`, { defaultValue: name }),
        children: String(value),
      }))}
    />
  );
}

function Rows({ rows: shown }: { rows: Facts[] }) {
  const { t } = useTranslation("admin");
  if (shown.length === 0) return null;
  const names = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  return (
    <Table
      rowKey={(row) => JSON.stringify(row)}
      size="small"
      pagination={{ defaultPageSize: 10, hideOnSinglePage: true }}
      scroll={{ x: "max-content" }}
      dataSource={shown}
      columns={names.map((name) => ({
        title: t(`column.${name}`, { defaultValue: name }),
        render: (_: unknown, row: Facts) => text(row[name]),
      }))}
    />
  );
}

/** Changes as one table: a list as it is, lists by what they do with that in front. */
function changed(changes: unknown): Facts[] {
  if (Array.isArray(changes)) return rows(changes);
  return Object.entries((changes ?? {}) as Facts).flatMap(([change, told]) =>
    rows(told).map((row) => ({ change, ...row })),
  );
}

function rows(value: unknown): Facts[] {
  if (!Array.isArray(value)) return [];
  return value.map((row) => (typeof row === "object" && row !== null ? (row as Facts) : { row }));
}

function text(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
