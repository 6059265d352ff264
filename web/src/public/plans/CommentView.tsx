import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Input, Select } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { answer, api } from "@/shared/api/client";
import { moment } from "@/shared/format";
import { KIND_COLORS } from "@/shared/map/colors";
import { Legend } from "@/shared/map/Legend";
import { GeoJsonSource, matched, StyleLayer } from "@/shared/map/layers";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { Loaded } from "@/shared/States";
import { Field } from "../Field";
import { Frame } from "../Frame";
import { newKey, useKept } from "../kept";
import { PickMap } from "../PickMap";
import { useOpenGrids } from "../queries";
import type { Place } from "../types";
import { Answers } from "./Answers";

const FILL = { "fill-color": matched("kind", KIND_COLORS, "#b8bec4"), "fill-opacity": 0.55 };
const EDGE = { "line-color": "#3b4148", "line-width": 0.8 };
const CHOSEN = { "line-color": "#c0262d", "line-width": 3 };

interface Draft {
  text: string;
  grid: string;
  place: Place | null;
  key: string;
}

const empty = (): Draft => ({ text: "", grid: "", place: null, key: newKey() });

/** A draft plan on the map, and what a resident says about it: about a grid, at a place, or about the whole. */
export default function CommentView() {
  const { t } = useTranslation("public");
  const plan = Number(useParams().plan);
  return (
    <Frame title={t("plans.comment")}>
      <Link to="/public/plans">{t("plans.all")}</Link>
      <Comment plan={plan} />
    </Frame>
  );
}

function Comment({ plan }: { plan: number }) {
  const { t } = useTranslation("public");
  const grids = useOpenGrids(plan);
  const [draft, setDraft] = useKept<Draft>(`comment-${plan}`, empty());
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  const send = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/public/plans/{plan_id}/comments", {
          params: { path: { plan_id: plan }, header: { "Idempotency-Key": draft.key } },
          body: { text: draft.text, grid: draft.grid, lon: draft.place?.lon, lat: draft.place?.lat },
        }),
      ),
    onSuccess: () => setDraft(empty()),
  });
  return (
    <Loaded of={grids}>
      {(open) => (
        <>
          <h2>{open.name}</h2>
          {open.words && <p>{open.words}</p>}
          <p className="quiet">{t("plans.until", { at: moment(open.closes_at) })}</p>
          <PlanMap open={open} draft={draft} onChange={set} />
          <About open={open} draft={draft} onChange={set} />
          <Field label={t("plans.text")}>
            <Input.TextArea
              value={draft.text}
              maxLength={2000}
              autoSize={{ minRows: 3 }}
              onChange={({ target }) => {
                send.reset();
                set({ text: target.value });
              }}
            />
          </Field>
          <p className="quiet">{t("plans.readBy")}</p>
          {send.error && <ProblemNotice error={send.error} />}
          {send.isSuccess && <Alert type="success" showIcon title={t("plans.thanks")} />}
          <Button
            block
            size="large"
            type="primary"
            disabled={draft.text.trim() === ""}
            loading={send.isPending}
            onClick={() => send.mutate()}
          >
            {t("plans.send")}
          </Button>
          <Answers plan={plan} />
        </>
      )}
    </Loaded>
  );
}

interface Part {
  open: NonNullable<ReturnType<typeof useOpenGrids>["data"]>;
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

function PlanMap({ open, draft, onChange }: Part) {
  const { t } = useTranslation("public");
  const legend = useMemo(
    () =>
      Object.entries(KIND_COLORS)
        .filter(([kind]) => open.features.some((grid) => grid.properties.kind === kind))
        .map(([kind, color]) => ({ color, label: t(`shared:kind.${kind}`) })),
    [open, t],
  );
  return (
    <div className="with-legend">
      <PickMap
        place={draft.place}
        bounds={open.bounds}
        label={t("plans.map")}
        onPlace={({ lon, lat }) => onChange({ place: { lon, lat }, grid: "" })}
      >
        <GeoJsonSource id="grids" data={open}>
          <StyleLayer
            id="grids-fill"
            type="fill"
            paint={FILL}
            onClick={(grid) => onChange({ grid: String(grid.properties.code) })}
          />
          <StyleLayer id="grids-line" type="line" paint={EDGE} />
          <StyleLayer id="grids-chosen" type="line" paint={CHOSEN} filter={["==", ["get", "code"], draft.grid]} />
        </GeoJsonSource>
      </PickMap>
      <Legend title={t("plans.kinds")} entries={legend} />
    </div>
  );
}

function About({ open, draft, onChange }: Part) {
  const { t } = useTranslation("public");
  return (
    <>
      <Field label={t("plans.about")}>
        <Select
          size="large"
          showSearch={{ optionFilterProp: "label" }}
          value={draft.grid}
          onChange={(grid) => onChange({ grid, place: null })}
          options={[
            { value: "", label: t(draft.place ? "plans.thePlace" : "plans.whole") },
            ...open.features.map(({ properties }) => ({
              value: properties.code,
              label: `${properties.name || properties.code}`,
            })),
          ]}
        />
      </Field>
      {draft.place && (
        <Button size="small" onClick={() => onChange({ place: null })}>
          {t("plans.dropPlace")}
        </Button>
      )}
    </>
  );
}
