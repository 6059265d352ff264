import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Form, Select } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { share } from "@/shared/format";

interface Suggestion {
  kind: string;
  code: string;
  name: string;
  score: number;
  fragments?: string[];
}

interface MatterChoiceProps {
  id?: string;
  value?: string;
  onChange?: (code?: string) => void;
}

/** A matter by code or words; without any, what the text of the report may mean. */
export function MatterChoice({ id, value, onChange }: MatterChoiceProps) {
  const { t } = useTranslation("operator");
  const text = Form.useWatch("text") as string | undefined;
  const [typed, setTyped] = useState("");
  const asked = useDeferredValue((typed || text || "").slice(0, 500).trim());
  const found = useQuery({
    queryKey: ["matters", "suggest", asked],
    queryFn: () =>
      answer<{ matters: Suggestion[] }>(api.GET("/api/v1/matters/suggest", { params: { query: { text: asked } } })),
    enabled: asked.length > 1,
    placeholderData: keepPreviousData,
  });
  return (
    <Select
      id={id}
      allowClear
      value={value}
      onChange={onChange}
      showSearch={{ filterOption: false, onSearch: setTyped }}
      placeholder={t("report.matterHint")}
      loading={found.isFetching}
      options={(found.data?.matters ?? []).map((each) => ({
        value: each.code,
        label: `${each.code} ${each.name} · ${share(each.score, 0)}`,
      }))}
    />
  );
}
