import { useQueries } from "@tanstack/react-query";
import { DatePicker, Slider } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import type { Edition } from "@/shared/api/answers";
import { answer, api } from "@/shared/api/client";
import { day } from "@/shared/format";

interface TimeSliderProps {
  networks: readonly string[];
  at: string | undefined;
  onChange: (at: string | undefined) => void;
}

/** The moment that the map shows: any day, or a step to where an edition of a shown network begins. */
export function TimeSlider({ networks, at, onChange }: TimeSliderProps) {
  const { t } = useTranslation("planner");
  const begins = useBeginnings(networks);
  const moments = [...begins, null];
  const here = at === undefined ? moments.length - 1 : Math.max(0, begins.indexOf(at));
  return (
    <section className="time" aria-label={t("networks.time")}>
      <DatePicker
        size="small"
        value={at ? dayjs(at) : null}
        placeholder={t("networks.today")}
        aria-label={t("networks.day")}
        onChange={(value) => onChange(value ? value.startOf("day").toISOString() : undefined)}
      />
      {begins.length > 0 && (
        <Slider
          min={0}
          max={moments.length - 1}
          value={here}
          dots
          ariaLabelForHandle={t("networks.time")}
          tooltip={{ formatter: (place) => (moments[place ?? 0] ? day(moments[place ?? 0]) : t("networks.today")) }}
          onChange={(place) => onChange(moments[place] ?? undefined)}
        />
      )}
      <span className="quiet">{at ? day(at) : t("networks.today")}</span>
    </section>
  );
}

function useBeginnings(networks: readonly string[]): string[] {
  const editions = useQueries({
    queries: networks.map((code) => ({
      queryKey: ["networks", code, "editions"],
      queryFn: () => answer<Edition[]>(api.GET("/api/v1/networks/{code}/editions", { params: { path: { code } } })),
    })),
  });
  const begins = editions.flatMap(({ data }) => (data ?? []).map((edition) => edition.valid_from));
  return [...new Set(begins.filter((begin): begin is string => begin !== null))].sort();
}
