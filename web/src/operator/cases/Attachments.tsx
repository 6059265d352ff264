import { UploadOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Select, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sendForm } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh } from "@/shared/queries";
import type { CaseFile } from "./case";

const WHEN = ["before", "after", "other"] as const;

/** Pictures and documents of before and after the work. */
export function Attachments({ file }: { file: CaseFile }) {
  const { t } = useTranslation("operator");
  const queries = useQueryClient();
  const [when, setWhen] = useState<(typeof WHEN)[number]>("before");
  const send = useMutation({
    mutationFn: (chosen: File) =>
      sendForm(`/api/v1/events/${file.id}/attachments`, [chosen], { of: when }, { field: "file" }),
    onSuccess: () => refresh(queries, "cases"),
  });
  return (
    <section aria-labelledby="attachments">
      <h2 id="attachments">{t("case.attachments")}</h2>
      <ul className="plain">
        {file.attachments.map((one) => (
          <li key={one.id}>
            <a href={`/api/v1/events/${file.id}/attachments/${one.id}`} download={one.name}>
              {one.name}
            </a>
          </li>
        ))}
      </ul>
      {send.error && <ProblemNotice error={send.error} />}
      <div className="row">
        <Select
          aria-label={t("case.when")}
          value={when}
          onChange={setWhen}
          options={WHEN.map((each) => ({ value: each, label: t(`when.${each}`) }))}
        />
        <Upload
          showUploadList={false}
          beforeUpload={(chosen) => {
            send.mutate(chosen);
            return false;
          }}
        >
          <Button icon={<UploadOutlined aria-hidden />} loading={send.isPending}>
            {t("case.attach")}
          </Button>
        </Upload>
      </div>
    </section>
  );
}
