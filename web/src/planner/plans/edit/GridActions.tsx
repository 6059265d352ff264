import { LockOutlined, UnlockOutlined } from "@ant-design/icons";
import { Button, Descriptions, Form, Input, InputNumber, Modal, Select, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ground, number, share } from "@/shared/format";
import { KINDS, type Kind } from "../plan";
import type { Editing } from "./useEditing";

type Asking = "lock" | "kind" | "rename" | "optimise" | null;

interface Answers {
  reason?: string;
  kind?: Kind;
  name?: string;
  into?: number;
}

interface GridActionsProps {
  editing: Editing;
  codes: readonly string[];
  short: (code: string) => string;
}

/** What can be done with the grids that are chosen: one or several. */
export function GridActions({ editing, codes, short }: GridActionsProps) {
  const { t } = useTranslation("planner");
  const [asking, ask] = useState<Asking>(null);
  const { draft, make, isBusy } = editing;
  const code = codes[0];
  const grid = code ? draft.grids.get(code)?.properties : undefined;
  if (!code || !grid) return <p className="quiet">{t("edit.chooseGrids")}</p>;
  const lock = draft.locks.get(code);
  const breaches = draft.breaches.filter((breach) => breach.grid === code);
  const finish = (given: Answers) => {
    if (asking === "lock") make({ do: "lock", grid: code, reason: given.reason ?? "" });
    if (asking === "kind") make({ do: "kind", grid: code, kind: given.kind ?? grid.kind, reason: given.reason ?? "" });
    if (asking === "rename") make({ do: "rename", grid: code, name: given.name ?? "" });
    if (asking === "optimise") make({ do: "optimise", grid: code, into: given.into ?? 2, seed: 1, weights: {} });
    ask(null);
  };
  if (codes.length > 1)
    return (
      <section aria-label={t("edit.chosen")}>
        <h2>{t("edit.several", { count: codes.length })}</h2>
        <p title={codes.join(" · ")}>{codes.map(short).join(" · ")}</p>
        <Button type="primary" disabled={isBusy} onClick={() => make({ do: "merge", grids: [...codes] })}>
          {t("edit.merge")}
        </Button>
      </section>
    );
  return (
    <section aria-label={t("edit.chosen")}>
      <h2>
        <span title={code}>{short(code)}</span> {lock !== undefined && <Tag icon={<LockOutlined />}>{lock}</Tag>}
      </h2>
      <Descriptions
        size="small"
        column={2}
        items={[
          { key: "name", label: t("result.name"), children: grid.name, span: 2 },
          { key: "kind", label: t("result.kind"), children: t(`kind.${grid.kind}`) },
          { key: "amount", label: t("result.amount"), children: `${number(grid.amount)} / ${number(grid.target)}` },
          { key: "deviation", label: t("result.deviation"), children: share(grid.deviation) },
          { key: "kept", label: t("result.kept"), children: share(grid.kept_old, 0) },
          { key: "ground", label: t("import.ground"), children: ground(grid.area_m2) },
          { key: "pieces", label: t("plans.pieces"), children: number(grid.pieces) },
        ]}
      />
      {breaches.map((breach) => (
        <p key={breach.rule + breach.says}>
          <Tag color="#b45309">{t(`breach.${breach.rule}`, { defaultValue: breach.rule })}</Tag> {breach.says}
        </p>
      ))}
      <div className="row">
        {lock === undefined ? (
          <Button size="small" icon={<LockOutlined />} disabled={isBusy} onClick={() => ask("lock")}>
            {t("edit.lock")}
          </Button>
        ) : (
          <Button
            size="small"
            icon={<UnlockOutlined />}
            disabled={isBusy}
            onClick={() => make({ do: "unlock", grid: code })}
          >
            {t("edit.unlock")}
          </Button>
        )}
        {(["kind", "rename", "optimise"] as const).map((what) => (
          <Button key={what} size="small" disabled={isBusy} onClick={() => ask(what)}>
            {t(`edit.${what}`)}
          </Button>
        ))}
      </div>
      <Modal
        open={asking !== null}
        title={asking ? `${short(code)} · ${t(`edit.${asking}`)}` : ""}
        footer={null}
        onCancel={() => ask(null)}
        destroyOnHidden
      >
        <Form<Answers>
          layout="vertical"
          initialValues={{ kind: grid.kind, name: grid.name, into: 2 }}
          onFinish={finish}
        >
          {asking === "kind" && (
            <Form.Item name="kind" label={t("result.kind")}>
              <Select options={KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))} />
            </Form.Item>
          )}
          {asking === "rename" && (
            <Form.Item name="name" label={t("result.name")} rules={[{ required: true, message: t("form.required") }]}>
              <Input maxLength={120} />
            </Form.Item>
          )}
          {asking === "optimise" && (
            <Form.Item name="into" label={t("edit.into")}>
              <InputNumber min={2} max={50} />
            </Form.Item>
          )}
          {(asking === "lock" || asking === "kind") && (
            <Form.Item name="reason" label={t("edit.reason")} rules={[{ required: true, message: t("form.required") }]}>
              <Input.TextArea autoSize={{ minRows: 2 }} />
            </Form.Item>
          )}
          <Button type="primary" htmlType="submit">
            {t("edit.apply")}
          </Button>
        </Form>
      </Modal>
    </section>
  );
}
