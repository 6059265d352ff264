import { Alert, Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { number } from "@/shared/format";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { reasonWords } from "../reasons";
import { type PlanBrief, type Role, useDecide } from "./queries";
import { type Decision, needsReason, type Proposals, type Transfer } from "./transfer";

interface DecideProps {
  plan: PlanBrief;
  proposals: Proposals;
  chosen: readonly Transfer[];
  grids: readonly string[];
  roles: readonly Role[];
  onDone: () => void;
}

type Kind = "rest" | "accept" | "edit" | "leave";

/** Accept all that is sure at once, the rest or those ticked with a reason, send one elsewhere, end posts, take back. */
export function Decide({ plan, proposals, chosen, grids, roles, onDone }: DecideProps) {
  const { t } = useTranslation("admin");
  const [kind, setKind] = useState<Kind | null>(null);
  const decide = useDecide(plan.id);
  const open = proposals.transfers.filter((row) => row.state === "open");
  const sure = open.filter((row) => row.sure && row.proposed !== null);
  const posts = chosen.map((row) => row.post);
  const take = (body: Decision) =>
    decide.mutate(body, {
      onSuccess: () => {
        setKind(null);
        onDone();
      },
    });
  const accept = () =>
    needsReason(chosen, { state: "accepted" }) ? setKind("accept") : take({ state: "accepted", posts });
  return (
    <>
      <div className="row filters">
        <Button
          type="primary"
          disabled={sure.length === 0}
          loading={decide.isPending}
          onClick={() => take({ state: "accepted", all: true, sure: true })}
        >
          {t("transfers.acceptSure", { shown: number(sure.length) })}
        </Button>
        <Button disabled={open.length === sure.length} onClick={() => setKind("rest")}>
          {t("transfers.acceptRest")}
        </Button>
        <Button disabled={posts.length === 0} onClick={accept}>
          {t("transfers.accept", { shown: number(posts.length) })}
        </Button>
        <Button disabled={posts.length !== 1} onClick={() => setKind("edit")}>
          {t("transfers.edit")}
        </Button>
        <Button disabled={posts.length === 0} onClick={() => setKind("leave")}>
          {t("transfers.leave")}
        </Button>
        <Button disabled={posts.length === 0} onClick={() => take({ state: "open", posts })}>
          {t("transfers.takeBack")}
        </Button>
      </div>
      {decide.error && kind === null && <ProblemNotice error={decide.error} />}
      {decide.data && decide.data.passed.length > 0 && (
        <Alert
          type="info"
          showIcon
          closable
          title={t("transfers.passed", { shown: number(decide.data.passed.length) })}
        />
      )}
      {kind && (
        <Reasoned
          kind={kind}
          chosen={chosen}
          grids={grids}
          roles={roles}
          error={decide.error}
          isBusy={decide.isPending}
          onCancel={() => {
            setKind(null);
            decide.reset();
          }}
          onTake={({ why, grid, role }) =>
            take({
              state: kind === "leave" ? "leaves" : "accepted",
              ...(kind === "rest" ? { all: true } : { posts }),
              ...(grid ? { grid } : {}),
              ...(role ? { role } : {}),
              why,
            })
          }
        />
      )}
    </>
  );
}

interface ReasonedProps {
  kind: Kind;
  chosen: readonly Transfer[];
  grids: readonly string[];
  roles: readonly Role[];
  error: unknown;
  isBusy: boolean;
  onCancel: () => void;
  onTake: (wish: { why: string; grid?: string; role?: string }) => void;
}

function Reasoned({ kind, chosen, grids, roles, error, isBusy, onCancel, onTake }: ReasonedProps) {
  const { t } = useTranslation("admin");
  const [form] = Form.useForm();
  const [row] = chosen;
  return (
    <Modal
      open
      title={t(`transfers.ask.${kind}`)}
      okText={t("transfers.confirm")}
      confirmLoading={isBusy}
      onOk={() => form.submit()}
      onCancel={onCancel}
    >
      <Form
        form={form}
        name="transfer-decision"
        layout="vertical"
        initialValues={kind === "edit" ? { grid: row?.to, role: row?.to_role } : {}}
        onFinish={onTake}
      >
        {kind === "edit" && (
          <>
            <p>{row && t("transfers.because", { reason: reasonWords(row.said, row.reason, t) })}</p>
            <Form.Item
              name="grid"
              label={t("transfers.toGrid")}
              rules={[{ required: true, message: t("form.required") }]}
            >
              <Select showSearch options={grids.map((value) => ({ value, label: value }))} />
            </Form.Item>
            <Form.Item name="role" label={t("column.role")}>
              <Select
                showSearch={{ optionFilterProp: "label" }}
                options={roles.map(({ code, name }) => ({ value: code, label: name }))}
              />
            </Form.Item>
          </>
        )}
        <Form.Item name="why" label={t("transfers.why")} rules={[{ required: true, message: t("form.required") }]}>
          <Input.TextArea autoSize={{ minRows: 2 }} maxLength={1000} />
        </Form.Item>
      </Form>
      {Boolean(error) && <ProblemNotice error={error} />}
    </Modal>
  );
}
