import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Frame } from "../Frame";
import { useKept } from "../kept";
import { PickMap } from "../PickMap";
import { PlaceCard } from "../PlaceCard";
import type { Place } from "../types";

/** Who owns this place: a tap on the map, or one's own position. */
export default function PlaceView() {
  const { t } = useTranslation("public");
  const navigate = useNavigate();
  const [place, setPlace] = useKept<Place | null>("place", null);
  return (
    <Frame title={t("place.title")}>
      <p className="quiet">{t("place.tap")}</p>
      <PickMap place={place} onPlace={setPlace} label={t("place.map")} />
      {place && <PlaceCard place={place} />}
      {place && (
        <Button block size="large" type="primary" onClick={() => navigate("/public/report")}>
          {t("place.report")}
        </Button>
      )}
      <p>
        <Link to="/public/follow">{t("place.follow")}</Link>
      </p>
    </Frame>
  );
}
