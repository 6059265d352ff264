import { Alert, Collapse } from "antd";
import { useTranslation } from "react-i18next";
import { useNetworkNames } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import type { RouteTrace } from "./case";
import { useTrace } from "./queries";
import { routeWords, withNames } from "./routeWords";

/** Why the case is whose it is, sentence by sentence, and what would be different today. */
export function RouteExplained({ event }: { event: number }) {
  const { t } = useTranslation("operator");
  const trace = useTrace(event);
  return (
    <section aria-labelledby="route">
      <h2 id="route">{t("case.route")}</h2>
      <Loaded of={trace}>{(told) => <Told trace={told} />}</Loaded>
    </section>
  );
}

function Told({ trace }: { trace: RouteTrace }) {
  const { t } = useTranslation("operator");
  const nameOf = useNetworkNames();
  const today = sentences(trace.differences.today);
  return (
    <>
      <ol className="plain">
        {routeWords(withNames(trace.kept, nameOf), t).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ol>
      {!trace.same && <Alert type="warning" showIcon title={t("case.notSame")} />}
      {today.length > 0 && (
        <Collapse
          size="small"
          items={[
            {
              key: "today",
              label: t("case.today", { owner: trace.owners.today }),
              children: (
                <ul>
                  {today.map((each) => (
                    <li key={each}>{each}</li>
                  ))}
                </ul>
              ),
            },
          ]}
        />
      )}
    </>
  );
}

function sentences(told: RouteTrace["differences"][string] | undefined): string[] {
  return (told ?? []).map((each) =>
    typeof each === "string"
      ? each
      : Object.values(each)
          .filter((part) => part !== null)
          .map(String)
          .join(" · "),
  );
}
