import { Collapse, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Loaded } from "@/shared/States";
import { useSession } from "@/shared/session";
import { AddObject } from "./AddObject";
import { ObjectFile } from "./ObjectFile";
import { ObjectMap } from "./ObjectMap";
import { ObjectTable } from "./ObjectTable";
import { KINDS, LEVELS } from "./object";
import { type Filter, useObjectMap, useObjects } from "./queries";
import { Rules } from "./Rules";

/** Objects under watch in three colours: a list, a map, and the history of the one that is chosen. */
export default function ObjectsView() {
  const { t } = useTranslation("operator");
  const { can } = useSession();
  const [asked, ask] = useSearchParams();
  const [filter, setFilter] = useState<Filter>({});
  const objects = useObjects(filter);
  const map = useObjectMap(can("events"));
  const chosen = Number(asked.get("object")) || null;
  const choose = (id: number | null) => ask(id === null ? {} : { object: String(id) }, { replace: true });
  return (
    <div className="stage">
      <section className="panel wide" aria-label={t("objects.title")}>
        <h1>{t("objects.title")}</h1>
        {chosen !== null && <ObjectFile id={chosen} onClose={() => choose(null)} />}
        <div hidden={chosen !== null}>
          <div className="row filters">
            <Segmented
              aria-label={t("objects.level")}
              value={filter.level ?? "all"}
              onChange={(level) => setFilter({ ...filter, level: LEVELS.find((each) => each === level) })}
              options={["all" as const, ...LEVELS].map((value) => ({ value, label: t(`objects.levels.${value}`) }))}
            />
            <Select
              allowClear
              aria-label={t("objects.kind")}
              placeholder={t("objects.kind")}
              style={{ width: 120 }}
              value={filter.kind}
              onChange={(kind) => setFilter({ ...filter, kind })}
              options={KINDS.map((value) => ({ value, label: t(`objects.kinds.${value}`) }))}
            />
          </div>
          <Loaded of={objects}>
            {({ pages }) => (
              <ObjectTable
                objects={pages.flatMap((page) => page.objects)}
                hasMore={objects.hasNextPage}
                onMore={() => objects.fetchNextPage()}
                onChoose={choose}
              />
            )}
          </Loaded>
          <Collapse
            ghost
            items={[
              ...(can("events") ? [{ key: "add", label: t("objects.add"), children: <AddObject /> }] : []),
              { key: "rules", label: t("objects.rules"), children: <Rules /> },
            ]}
          />
        </div>
      </section>
      <div className="canvas">
        {can("events") ? (
          <Loaded of={map}>
            {(shapes) => <ObjectMap shapes={shapes} filter={filter} chosen={chosen} onChoose={choose} />}
          </Loaded>
        ) : (
          <p className="padded quiet">{t("objects.noMap")}</p>
        )}
      </div>
    </div>
  );
}
