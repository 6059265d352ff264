import { useQuery } from "@tanstack/react-query";
import { Alert } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { boundsOf, widened } from "@/shared/map/bounds";
import { GeoJsonSource, StyleLayer } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import { usePageFacts } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import type { Plan } from "../plan";
import { useGrids } from "../queries";
import { CommentTable } from "./CommentTable";
import type { Comment, Consultation } from "./comment";
import { OpenForm } from "./OpenForm";

const FILL = { "fill-color": "#b9d7da", "fill-opacity": 0.4 };
const EDGE = { "line-color": "#3b4148", "line-width": 0.8 };
const CHOSEN = { "line-color": "#c0262d", "line-width": 3 };
const DOT = {
  "circle-radius": ["case", ["get", "chosen"], 9, 6],
  "circle-color": "#c0262d",
  "circle-stroke-color": "#fff",
  "circle-stroke-width": 2,
};

/** The plan opened to residents, and what they say of it: in a table and on the map. */
export default function ConsultationTab({ plan }: { plan: Plan }) {
  const { t } = useTranslation("planner");
  const facts = usePageFacts();
  const asked = { params: { path: { plan_id: plan.id } } };
  const consultation = useQuery({
    queryKey: ["plan", plan.id, "consultation"],
    queryFn: () => answer<Consultation | null>(api.GET("/api/v1/plans/{plan_id}/consultation", asked)),
  });
  const comments = useQuery({
    queryKey: ["plan", plan.id, "comments"],
    queryFn: () => answer<Comment[]>(api.GET("/api/v1/plans/{plan_id}/comments", asked)),
  });
  const [chosen, choose] = useState<Comment | null>(null);
  return (
    <div className="stage under-strip">
      <section className="panel wide">
        <h1>{t("consultation.title")}</h1>
        {facts.data?.public_page === false && <Alert type="warning" showIcon title={t("consultation.closedPage")} />}
        <Loaded of={consultation}>
          {(found) => <OpenForm key={found?.id ?? 0} plan={plan} consultation={found} />}
        </Loaded>
        <h2>{t("consultation.comments")}</h2>
        <Loaded of={comments} empty={t("consultation.none")}>
          {(found) => <CommentTable plan={plan.id} comments={found} chosen={chosen} onChoose={choose} />}
        </Loaded>
      </section>
      <div className="canvas">
        <CommentMap plan={plan} comments={comments.data ?? []} chosen={chosen} onChoose={choose} />
      </div>
    </div>
  );
}

interface MapProps {
  plan: Plan;
  comments: Comment[];
  chosen: Comment | null;
  onChoose: (comment: Comment | null) => void;
}

function CommentMap({ plan, comments, chosen, onChoose }: MapProps) {
  const { t } = useTranslation("planner");
  const grids = useGrids(plan).data;
  const all = useMemo(() => (grids ? boundsOf(grids) : null), [grids]);
  const points = useMemo(() => pointsOf(comments, chosen), [comments, chosen]);
  const focus = useMemo(() => {
    const grid = grids?.features.find((one) => one.properties.code === chosen?.grid);
    const box = grid && boundsOf(grid);
    return box ? widened(box, 0.003) : null;
  }, [grids, chosen]);
  return (
    <MapView bounds={focus ?? all} label={t("consultation.map")}>
      {grids && (
        <GeoJsonSource id="grids" data={grids}>
          <StyleLayer id="grids-fill" type="fill" paint={FILL} />
          <StyleLayer id="grids-line" type="line" paint={EDGE} />
          <StyleLayer
            id="grids-chosen"
            type="line"
            paint={CHOSEN}
            filter={["==", ["get", "code"], chosen?.grid ?? ""]}
          />
        </GeoJsonSource>
      )}
      <GeoJsonSource id="comments" data={points}>
        <StyleLayer
          id="comments"
          type="circle"
          paint={DOT}
          onClick={(point) => onChoose(comments.find((one) => one.id === point.properties.id) ?? null)}
        />
      </GeoJsonSource>
    </MapView>
  );
}

function pointsOf(comments: Comment[], chosen: Comment | null) {
  return {
    type: "FeatureCollection" as const,
    features: comments
      .filter((one) => one.lon !== null && one.lat !== null)
      .map((one) => ({
        type: "Feature" as const,
        geometry: { type: "Point" as const, coordinates: [one.lon ?? 0, one.lat ?? 0] },
        properties: { id: one.id, chosen: one.id === chosen?.id },
      })),
  };
}
