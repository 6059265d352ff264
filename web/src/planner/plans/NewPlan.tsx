import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { refresh, useLayers, useNetworks } from "@/shared/queries";
import type { Plan } from "./plan";

interface Fields {
  name: string;
  networks: string[];
  areas?: string;
  cuts?: string[];
}

const CUTTING = ["blocks", "campuses", "compounds", "barriers"];

/** What a plan is made from: networks, the areas that its grids nest in, layers that also cut. */
export function NewPlan() {
  const { t } = useTranslation("planner");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const networks = (useNetworks().data ?? []).filter(
    (network) => network.newest_edition !== null && network.code !== "unified",
  );
  const layers = useLayers().data ?? [];
  const areas = layers.filter((layer) => layer.kind === "areas");
  const cuts = layers.filter((layer) => CUTTING.includes(layer.kind));
  const add = useMutation({
    mutationFn: ({ name, networks: codes, areas: within, cuts: by }: Fields) =>
      answer<Plan>(
        api.POST("/api/v1/plans", { body: { name, networks: codes, areas: within ?? null, cuts: by ?? [], seed: 1 } }),
      ),
    onSuccess: (plan) => {
      refresh(queries, "plans");
      navigate(`/plans/${plan.id}`);
    },
  });
  const required = [{ required: true, message: t("form.required") }];
  return (
    <Form<Fields> layout="vertical" onFinish={(fields) => add.mutate(fields)}>
      <Form.Item name="name" label={t("plans.name")} rules={required}>
        <Input maxLength={80} autoFocus />
      </Form.Item>
      <Form.Item name="networks" label={t("newPlan.networks")} extra={t("newPlan.networksWhat")} rules={required}>
        <Select
          mode="multiple"
          options={networks.map(({ code, name }) => ({ value: code, label: `${name} (${code})` }))}
        />
      </Form.Item>
      <Form.Item name="areas" label={t("newPlan.areas")} extra={t("newPlan.areasWhat")}>
        <Select allowClear options={areas.map((layer) => ({ value: layer.name, label: layer.name }))} />
      </Form.Item>
      <Form.Item name="cuts" label={t("newPlan.cuts")} extra={t("newPlan.cutsWhat")}>
        <Select
          mode="multiple"
          options={cuts.map((layer) => ({
            value: layer.name,
            label: `${layer.name} · ${t(`layerKind.${layer.kind}`)}`,
          }))}
        />
      </Form.Item>
      {add.error && <ProblemNotice error={add.error} />}
      <Button type="primary" htmlType="submit" loading={add.isPending}>
        {t("newPlan.make")}
      </Button>
    </Form>
  );
}
