import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bounds, Network } from "@/shared/api/answers";
import { day } from "@/shared/format";
import { MapView } from "@/shared/map/MapView";
import { Together, useTogether } from "../plans/compare/Together";
import { type Comparison, clamped, moved, SIDE_COLORS } from "./comparison";
import type { Look, Owned } from "./looks";
import { NetworkLayers, PlaceMark } from "./NetworkLayers";

interface CompareMapsProps {
  networks: readonly Network[];
  comparison: Comparison;
  bounds: Bounds | null | undefined;
  place: Owned | null;
  onPlace: (place: Owned) => void;
}

/** Two maps of one place: one below the other with a handle between them, or side by side. */
export function CompareMaps({ networks, comparison, bounds, place, onPlace }: CompareMapsProps) {
  const { t } = useTranslation("planner");
  const [share, setShare] = useState(50);
  const group = useTogether();
  const sides = (["left", "right"] as const).map((name) => {
    const side = comparison[name];
    const network = networks.find(({ code }) => code === side.network);
    const when = side.at ? day(side.at) : t("networks.today");
    return { name, ...side, title: `${network?.name ?? side.network} · ${when}` };
  });
  const clip = { clipPath: `inset(0 0 0 ${share}%)` };
  return (
    <div className={comparison.isSwiped ? "swipe" : "beside"}>
      {sides.map(({ name, network, at, title }) => (
        <div key={name} className="side" style={comparison.isSwiped && name === "right" ? clip : {}}>
          <MapView
            key={String(comparison.isSwiped)}
            bounds={bounds ?? null}
            label={title}
            onClick={({ lngLat }) => onPlace({ lon: lngLat.lng, lat: lngLat.lat, at })}
          >
            <Together group={group} side={name} />
            <SideLayers network={network} at={at} color={SIDE_COLORS[name]} />
            <PlaceMark place={place} />
          </MapView>
          <strong className={`float ${name}`}>{title}</strong>
        </div>
      ))}
      {comparison.isSwiped && <Handle share={share} onShare={setShare} />}
    </div>
  );
}

function SideLayers({ network, at, color }: { network: string; at: string | undefined; color: string }) {
  const looks = useMemo<Look[]>(
    () => [{ code: network, name: network, grids: 0, color, isShown: true, hasLabels: true, opacity: 0.14 }],
    [network, color],
  );
  return <NetworkLayers looks={looks} at={at} isFaint={false} />;
}

/** Drawn by the pointer, or moved by the arrow keys. */
function Handle({ share, onShare }: { share: number; onShare: (share: number) => void }) {
  const { t } = useTranslation("planner");
  const handle = useRef<HTMLDivElement>(null);
  const draw = (event: PointerEvent<HTMLDivElement>) => {
    const box = handle.current?.parentElement?.getBoundingClientRect();
    if (!box || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onShare(clamped(((event.clientX - box.left) / box.width) * 100));
  };
  const press = (event: KeyboardEvent) => {
    const next = moved(share, event.key);
    if (next === null) return;
    event.preventDefault();
    onShare(next);
  };
  return (
    <div
      ref={handle}
      className="handle"
      role="slider"
      tabIndex={0}
      aria-label={t("swipe.handle")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share)}
      style={{ left: `${share}%` }}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={draw}
      onKeyDown={press}
    >
      <span aria-hidden>⇔</span>
    </div>
  );
}
