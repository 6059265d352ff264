import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Checkbox, DatePicker, Form, Input, Segmented } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Run } from "@/shared/api/answers";
import { answer, api, sendForm } from "@/shared/api/client";
import { Problem } from "@/shared/api/problem";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh, useNetworks } from "@/shared/queries";
import { RunProgress, useRun } from "@/shared/runs";
import type { Checked, Choices } from "./check";
import { type Dropped, proposedCode } from "./groups";
import { LayerFields, type LayerTarget, layerForm } from "./LayerFields";

interface NetworkTarget {
  code: string;
  name?: string;
  publish?: boolean;
  valid_from?: Dayjs;
}

interface TargetProps {
  dropped: Dropped;
  choices: Choices;
  checked: Checked;
}

/** Where the file goes: into a network, known or new, or into a layer; then the import as a run. */
export function Target({ dropped, choices, checked }: TargetProps) {
  const { t } = useTranslation("planner");
  const [as, setAs] = useState<"network" | "layer">("network");
  const [started, setStarted] = useState<Run | null>(null);
  const queries = useQueryClient();
  const run = useRun(started, () => refresh(queries, "networks", "layers", "ground"));
  const start = useMutation({
    mutationFn: (target: NetworkTarget | LayerTarget) =>
      "kind" in target ? importLayer(dropped, choices, target) : importNetwork(dropped, choices, target),
    onSuccess: setStarted,
  });
  const isBusy = start.isPending || (run !== null && (run.status === "queued" || run.status === "running"));
  const fields = { isBusy, dropped, checked, onSend: start.mutate };
  return (
    <section aria-label={t("target.title")}>
      <h3>{t("target.title")}</h3>
      <Segmented
        size="small"
        value={as}
        options={[
          { value: "network", label: t("target.network") },
          { value: "layer", label: t("target.layer") },
        ]}
        onChange={setAs}
      />
      {as === "network" ? <NetworkFields {...fields} /> : <LayerFields {...fields} />}
      {start.error && <ProblemNotice error={start.error} />}
      {run && <RunProgress run={run} />}
      {run?.status === "succeeded" && (
        <Alert
          type="success"
          showIcon
          title={t(run.outcome?.unchanged ? "target.unchanged" : "target.done")}
          action={<Link to="/networks">{t("target.look")}</Link>}
        />
      )}
    </section>
  );
}

interface FieldsProps {
  isBusy: boolean;
  dropped: Dropped;
  onSend: (target: NetworkTarget) => void;
}

function NetworkFields({ isBusy, dropped, onSend }: FieldsProps) {
  const { t } = useTranslation("planner");
  const networks = useNetworks().data ?? [];
  const [form] = Form.useForm<NetworkTarget>();
  const code = Form.useWatch("code", form);
  const isNew = code !== undefined && code !== "" && !networks.some((network) => network.code === code);
  const isPublished = Form.useWatch("publish", form);
  const initial = {
    code: proposedCode(dropped.name),
    name: dropped.name.replace(/\.[^.]*$/, ""),
    publish: true,
    valid_from: dayjs().startOf("day"),
  };
  return (
    <Form form={form} layout="vertical" size="small" initialValues={initial} onFinish={onSend}>
      <div className="pair row">
        <Form.Item
          name="code"
          label={t("target.code")}
          rules={[{ required: true, pattern: /^[a-z][a-z0-9_]*$/, message: t("target.codeRule") }]}
          extra={isNew ? t("target.isNew") : t("target.isKnown")}
        >
          <Input list="known-networks" />
        </Form.Item>
        {isNew && (
          <Form.Item name="name" label={t("target.name")} rules={[{ required: true, message: t("form.required") }]}>
            <Input />
          </Form.Item>
        )}
      </div>
      <datalist id="known-networks">
        {networks.map((network) => (
          <option key={network.code} value={network.code}>
            {network.name}
          </option>
        ))}
      </datalist>
      <div className="row">
        <Form.Item name="publish" valuePropName="checked">
          <Checkbox>{t("target.publish")}</Checkbox>
        </Form.Item>
        {isPublished && (
          <Form.Item name="valid_from" label={t("target.validFrom")}>
            <DatePicker allowClear={false} />
          </Form.Item>
        )}
      </div>
      <Button type="primary" htmlType="submit" loading={isBusy}>
        {t("target.import")}
      </Button>
    </Form>
  );
}

async function importNetwork(dropped: Dropped, choices: Choices, target: NetworkTarget): Promise<Run> {
  await addNetwork(target.code, target.name ?? target.code);
  const valid_from = target.publish ? target.valid_from?.format("YYYY-MM-DD") : undefined;
  const path = `/api/v1/networks/${encodeURIComponent(target.code)}/imports`;
  return sendForm<Run>(path, dropped.files, { ...choices, publish: target.publish ?? false, valid_from });
}

/** The network may be there already: that is no reason to stop. */
async function addNetwork(code: string, name: string): Promise<void> {
  try {
    await answer(api.POST("/api/v1/networks", { body: { code, name } }));
  } catch (error) {
    if (!(error instanceof Problem && error.kind === "conflict")) throw error;
  }
}

function importLayer(dropped: Dropped, choices: Choices, target: LayerTarget): Promise<Run> {
  const { repair: _, ...kept } = choices;
  return sendForm<Run>("/api/v1/layers/imports", dropped.files, { ...kept, ...layerForm(target) });
}
