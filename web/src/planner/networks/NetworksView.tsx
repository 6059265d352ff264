import { Tabs } from "antd";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Network } from "@/shared/api/answers";
import { MapView } from "@/shared/map/MapView";
import { drawable, useGround, useNetworks } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import { Guide } from "../tour/Guide";
import { CompareMaps } from "./CompareMaps";
import { ComparePanel } from "./ComparePanel";
import { Crosswalk } from "./Crosswalk";
import { firstComparison } from "./comparison";
import { type Look, looksOf, type Owned } from "./looks";
import { NetworkLayers, PlaceMark } from "./NetworkLayers";
import { NetworkList } from "./NetworkList";
import { OverlapLayer, OverlapPanel, useOverlap } from "./Overlap";
import { OwnersPanel } from "./OwnersPanel";
import { TimeSlider } from "./TimeSlider";

/** All networks on one map: their borders by date, where they overlap, how they translate, who owns a place. */
export default function NetworksView() {
  const { t } = useTranslation("planner");
  return (
    <Loaded of={useNetworks()} empty={t("networks.none")}>
      {(networks) => <Networks networks={networks} label={t("networks.map")} />}
    </Loaded>
  );
}

function Networks({ networks, label }: { networks: Network[]; label: string }) {
  const { t } = useTranslation("planner");
  const drawn = useMemo(() => drawable(networks), [networks]);
  const [changed, setLooks] = useState<Record<string, Partial<Look>>>({});
  const [at, setAt] = useState<string | undefined>();
  const [place, setPlace] = useState<Owned | null>(null);
  const [tab, setTab] = useState("list");
  const [comparison, compare] = useState(() => firstComparison(drawn));
  const overlap = useOverlap(tab === "overlap");
  const isPanelDue = useDeferredValue(true, false); // the map first: its tiles come while the panel is made
  const looks = useMemo(() => looksOf(drawn, changed), [drawn, changed]);
  const { data: bounds, isPending: isSought } = useGround(drawn.map((network) => network.code));
  const shown = looks.filter((look) => look.isShown).map((look) => look.code);
  const change = (code: string, part: Partial<Look>) =>
    setLooks((known) => ({ ...known, [code]: { ...known[code], ...part } }));
  const tabs = [
    { key: "list", label: t("networks.tabs.list"), children: <NetworkList looks={looks} onChange={change} /> },
    { key: "overlap", label: t("networks.tabs.overlap"), children: <OverlapPanel overlap={overlap} /> },
    { key: "crosswalk", label: t("networks.tabs.crosswalk"), children: <Crosswalk /> },
    {
      key: "compare",
      label: t("networks.tabs.compare"),
      children: <ComparePanel networks={drawn} comparison={comparison} onChange={compare} />,
    },
  ];
  return (
    <div className="stage">
      <section className="panel" aria-label={t("networks.title")}>
        <div className="row spread">
          <h1>{t("networks.title")}</h1>
          <Guide tour="networks" isOffered />
        </div>
        {isPanelDue && <Tabs items={tabs} activeKey={tab} onChange={setTab} destroyOnHidden />}
      </section>
      <div className="canvas">
        {tab === "compare" ? (
          <CompareMaps networks={drawn} comparison={comparison} bounds={bounds} place={place} onPlace={setPlace} />
        ) : (
          <>
            <MapView
              bounds={bounds}
              isWaiting={isSought && drawn.length > 0}
              label={label}
              onClick={({ lngLat }) => setPlace({ lon: lngLat.lng, lat: lngLat.lat, at })}
            >
              {tab === "overlap" && <OverlapLayer overlap={overlap} />}
              {/* before it is known where the ground is, tiles of elsewhere would be asked for */}
              {!isSought && <NetworkLayers looks={looks} at={at} isFaint={tab === "overlap"} />}
              <PlaceMark place={place} />
            </MapView>
            {isPanelDue && <TimeSlider networks={shown} at={at} onChange={setAt} />}
          </>
        )}
        {place && <OwnersPanel place={place} onClose={() => setPlace(null)} />}
      </div>
    </div>
  );
}
