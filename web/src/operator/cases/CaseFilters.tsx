import { DatePicker, Form, Input, Select } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { STATUSES } from "./case";
import type { Filters } from "./queries";

/** Stage, department, matter, grid and days; every change asks anew. */
export function CaseFilters({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  const { t } = useTranslation("operator");
  const set = (changed: Partial<Filters>) => onChange({ ...filters, ...changed });
  return (
    <Form layout="inline" className="filters" aria-label={t("cases.filters")}>
      <Form.Item label={t("cases.status")} htmlFor="case-status">
        <Select
          id="case-status"
          allowClear
          style={{ minWidth: 140 }}
          value={filters.status}
          onChange={(status) => set({ status })}
          options={STATUSES.map((status) => ({ value: status, label: t(`stage.${status}`) }))}
        />
      </Form.Item>
      <Text id="holder" label={t("cases.holder")} value={filters.holder} onEnd={(holder) => set({ holder })} />
      <Text id="matter" label={t("cases.matter")} value={filters.matter} onEnd={(matter) => set({ matter })} />
      <Text id="grid" label={t("cases.grid")} value={filters.grid} onEnd={(grid) => set({ grid })} />
      <Form.Item label={t("cases.days")} htmlFor="case-days">
        <DatePicker.RangePicker
          id={{ start: "case-days", end: "case-days-end" }}
          value={[filters.from ? dayjs(filters.from) : null, filters.to ? dayjs(filters.to) : null]}
          onChange={(days) => set({ from: days?.[0]?.format("YYYY-MM-DD"), to: days?.[1]?.format("YYYY-MM-DD") })}
        />
      </Form.Item>
    </Form>
  );
}

function Text(props: { id: string; label: string; value: string | undefined; onEnd: (value: string) => void }) {
  const id = `case-${props.id}`;
  return (
    <Form.Item label={props.label} htmlFor={id}>
      <Input.Search
        id={id}
        key={props.value ?? ""}
        allowClear
        defaultValue={props.value}
        style={{ width: 160 }}
        onSearch={(value) => props.onEnd(value.trim())}
      />
    </Form.Item>
  );
}
