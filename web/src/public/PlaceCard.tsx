import { Alert, Card } from "antd";
import { useTranslation } from "react-i18next";
import { number } from "@/shared/format";
import { useNetworkName } from "@/shared/names";
import { Loaded } from "@/shared/States";
import { usePlace } from "./queries";
import type { Place, PlaceAnswer } from "./types";

/** Whose a place is: the grid in force, the office that answers and how to reach it; other networks below, unless it is
 * to be brief. */
export function PlaceCard({ place, text, isBrief = false }: { place: Place; text?: string; isBrief?: boolean }) {
  const found = usePlace(place, text);
  return (
    <section aria-live="polite">
      <Loaded of={found}>{(told) => <Owners told={told} isBrief={isBrief} />}</Loaded>
    </section>
  );
}

function Owners({ told, isBrief }: { told: PlaceAnswer; isBrief: boolean }) {
  const { t } = useTranslation("public");
  const nameOf = useNetworkName();
  const [first, ...others] = isBrief ? told.grids.slice(0, 1) : told.grids;
  if (!first)
    return (
      <Alert
        type="info"
        showIcon
        title={t("place.outside")}
        description={told.nearest && t("place.nearest", { metres: number(told.nearest.distance_m) })}
      />
    );
  return (
    <Card size="small" className="owner">
      <h2>{first.name || first.code}</h2>
      <p className="quiet">
        {first.code}
        {first.kind && ` · ${t(`shared:kind.${first.kind}`, { defaultValue: first.kind })}`} ·{" "}
        {nameOf(first.network, first.network_name)}
      </p>
      {first.ambiguous && <p className="quiet">{t("place.ambiguous")}</p>}
      <dl>
        <dt>{t(told.by_duty ? "place.leads" : "place.answers")}</dt>
        <dd>{told.answers.department ?? t("place.nobody")}</dd>
        {told.answers.contact && (
          <>
            <dt>{t("place.contact")}</dt>
            <dd>{told.answers.contact}</dd>
          </>
        )}
        {others.map((grid) => (
          <div key={`${grid.network}/${grid.code}`}>
            <dt>{nameOf(grid.network, grid.network_name)}</dt>
            <dd>
              {grid.name || grid.code}
              {grid.department && ` · ${grid.department}`}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
