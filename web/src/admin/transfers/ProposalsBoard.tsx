import { Button, Input, Select } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { number } from "@/shared/format";
import { useSession } from "@/shared/session";
import { Decide } from "./Decide";
import { ProposalTable } from "./ProposalTable";
import { type PlanBrief, useGround, useRoles } from "./queries";
import { TransferMap } from "./TransferMap";
import { fits, type Proposals, STATES, type Wanted, wayOf } from "./transfer";

/** The proposals as a table and on the map, one selection for both, and what is decided on those that are ticked. */
export function ProposalsBoard({ plan, proposals }: { plan: PlanBrief; proposals: Proposals }) {
  const { t } = useTranslation("admin");
  const { can } = useSession();
  const [wanted, setWanted] = useState<Wanted>({});
  const [ticked, setTicked] = useState<number[]>([]);
  const [way, setWay] = useState<string | null>(null);
  const ground = useGround(plan, proposals);
  const { roles, nameOf } = useRoles();
  const mayDecide = can("admin") && proposals.status === "open" && proposals.current;
  const rows = useMemo(() => proposals.transfers.filter((row) => fits(row, wanted)), [proposals, wanted]);
  const shown = useMemo(() => (way === null ? rows : rows.filter((row) => wayOf(row) === way)), [rows, way]);
  const chosen = useMemo(() => {
    const posts = new Set(ticked);
    return proposals.transfers.filter((row) => posts.has(row.post));
  }, [proposals, ticked]);
  return (
    <>
      <div className="row filters">
        <Input.Search
          allowClear
          style={{ width: 220 }}
          aria-label={t("transfers.search")}
          placeholder={t("transfers.search")}
          onSearch={(text) => setWanted({ ...wanted, text: text.trim() })}
        />
        <Select
          allowClear
          style={{ width: 130 }}
          aria-label={t("transfers.state")}
          placeholder={t("transfers.state")}
          value={wanted.state}
          onChange={(state) => setWanted({ ...wanted, state })}
          options={STATES.map((value) => ({ value, label: t(`transfers.is.${value}`) }))}
        />
        <Select
          allowClear
          style={{ width: 130 }}
          aria-label={t("transfers.sure")}
          placeholder={t("transfers.sure")}
          value={wanted.sure}
          onChange={(sure) => setWanted({ ...wanted, sure })}
          options={[true, false].map((value) => ({
            value,
            label: t(value ? "transfers.isSure" : "transfers.isUnsure"),
          }))}
        />
        {mayDecide && (
          <Button onClick={() => setTicked(ticked.length > 0 ? [] : shown.map((row) => row.post))}>
            {t(ticked.length > 0 ? "transfers.untick" : "transfers.tickAll")}
          </Button>
        )}
        <span className="quiet">
          {t("transfers.shown", { shown: number(shown.length), all: number(proposals.posts) })}
        </span>
      </div>
      {mayDecide && (
        <Decide
          plan={plan}
          proposals={proposals}
          chosen={chosen}
          grids={[...(ground?.fresh.keys() ?? [])]}
          roles={roles}
          onDone={() => setTicked([])}
        />
      )}
      <div className="halves">
        <ProposalTable
          rows={shown}
          nameOf={nameOf}
          ticked={mayDecide ? ticked : null}
          onTick={setTicked}
          way={way}
          onWay={setWay}
        />
        <TransferMap ground={ground} rows={rows} way={way} onWay={setWay} />
      </div>
    </>
  );
}
