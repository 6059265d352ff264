import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { number } from "@/shared/format";
import { Loaded } from "@/shared/States";
import { useSession } from "@/shared/session";
import { CaseBoard } from "./CaseBoard";
import { CaseFilters } from "./CaseFilters";
import { CaseMap } from "./CaseMap";
import { CaseTable } from "./CaseTable";
import { ManySteps } from "./ManySteps";
import { type Filters, PAGE, useCases } from "./queries";

const LOOKS = ["table", "board", "map"] as const;
type Look = (typeof LOOKS)[number];

/** Cases as a table, as a board of stages or on the map; the filters are in the address, so that they can be passed on. */
export default function CasesView() {
  const { t } = useTranslation("operator");
  const [look, setLook] = useState<Look>("table");
  const [asked, setAsked] = useSearchParams({ status: "open" });
  const filters = Object.fromEntries([...asked].filter(([, value]) => value)) as Filters;
  const cases = useCases(filters);
  const { can } = useSession();
  const [chosen, choose] = useState<readonly number[]>([]);
  const choosing = can("events") ? { chosen, onChoose: choose } : {};
  return (
    <div className="sheet">
      <div className="row spread">
        <h1>{t("cases.title")}</h1>
        <Segmented
          aria-label={t("cases.look")}
          value={look}
          onChange={setLook}
          options={LOOKS.map((each) => ({ value: each, label: t(`cases.looks.${each}`) }))}
        />
      </div>
      <CaseFilters filters={filters} onChange={(changed) => setAsked(present(changed))} />
      <Loaded of={cases}>
        {({ events, next }) => (
          <>
            <p className="quiet" role="status">
              {next === null ? t("cases.count", { count: events.length }) : t("cases.more", { shown: number(PAGE) })}
            </p>
            <ManySteps shown={events} cases={events.filter(({ id }) => chosen.includes(id))} onChoose={choose} />
            {look === "table" && <CaseTable cases={events} {...choosing} />}
            {look === "board" && <CaseBoard cases={events} {...choosing} />}
            {look === "map" && <CaseMap cases={events} />}
          </>
        )}
      </Loaded>
    </div>
  );
}

function present(filters: Filters): Record<string, string> {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value)) as Record<string, string>;
}
