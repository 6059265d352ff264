import { Button, Select } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ground, number } from "@/shared/format";
import type { PieceProperties } from "../plan";
import type { Editing } from "./useEditing";

interface PieceActionsProps {
  editing: Editing;
  /** Figures of the pieces; undefined while they are read. */
  pieces: ReadonlyMap<number, { properties: PieceProperties }> | undefined;
  picked: ReadonlySet<number>;
  grids: readonly string[];
  short: (code: string) => string;
  onDone: () => void;
}

/** The picked pieces, what they hold, and the grid that they shall go to: a known one or a new one. */
export function PieceActions({ editing, pieces, picked, grids, short, onDone }: PieceActionsProps) {
  const { t } = useTranslation("planner");
  const { draft, make, isBusy } = editing;
  const [aim, setAim] = useState<string | undefined>();
  const sum = (name: string) =>
    [...picked].reduce((total, number) => total + Number(pieces?.get(number)?.properties[name] ?? 0), 0);
  const options = useMemo(
    () => [...draft.grids.keys()].sort().map((code) => ({ value: code, label: short(code), title: code })),
    [draft.grids, short],
  );
  const target = aim ?? grids[0];
  const assign = (grid: string | null) => {
    make({ do: "assign", pieces: [...picked], grid });
    onDone();
  };
  return (
    <section aria-label={t("edit.pieces")}>
      <h2>{t("edit.picked", { count: picked.size })}</h2>
      {picked.size === 0 ? (
        <p className="quiet">{t("edit.pickPieces")}</p>
      ) : (
        <p className={pieces ? undefined : "unseen"}>
          {ground(sum("area_m2"))} · {t("quantity.households")} {number(sum("households"))} · {t("quantity.people")}{" "}
          {number(sum("people"))}
        </p>
      )}
      <div className="row">
        <Select
          showSearch
          size="small"
          className="grow"
          value={target}
          placeholder={t("edit.toGrid")}
          aria-label={t("edit.toGrid")}
          options={options}
          onChange={setAim}
        />
        <Button
          type="primary"
          size="small"
          disabled={isBusy || picked.size === 0 || !target}
          onClick={() => assign(target ?? null)}
        >
          {t("edit.assign")}
        </Button>
        <Button size="small" disabled={isBusy || picked.size === 0} onClick={() => assign(null)}>
          {t("edit.newGrid")}
        </Button>
        <Button size="small" type="text" disabled={picked.size === 0} onClick={onDone}>
          {t("edit.clear")}
        </Button>
      </div>
    </section>
  );
}
