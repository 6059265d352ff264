import { Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Network } from "@/shared/api/answers";
import { day } from "@/shared/format";
import { useEditions } from "@/shared/queries";
import { type Comparison, SIDE_COLORS, type Side } from "./comparison";

interface ComparePanelProps {
  networks: readonly Network[];
  comparison: Comparison;
  onChange: (comparison: Comparison) => void;
}

/** Which two networks, or two editions of one, and whether a handle parts them or they lie side by side. */
export function ComparePanel({ networks, comparison, onChange }: ComparePanelProps) {
  const { t } = useTranslation("planner");
  return (
    <>
      <p className="quiet">{t("swipe.what")}</p>
      <Segmented
        aria-label={t("swipe.how")}
        value={comparison.isSwiped ? "swipe" : "beside"}
        onChange={(how) => onChange({ ...comparison, isSwiped: how === "swipe" })}
        options={(["swipe", "beside"] as const).map((value) => ({ value, label: t(`swipe.${value}`) }))}
      />
      {(["left", "right"] as const).map((name) => (
        <fieldset key={name} className="side-choice">
          <legend>
            <span className="swatch" style={{ background: SIDE_COLORS[name] }} /> {t(`swipe.${name}`)}
          </legend>
          <SideChoice
            label={t(`swipe.${name}`)}
            networks={networks}
            side={comparison[name]}
            onChange={(side) => onChange({ ...comparison, [name]: side })}
          />
        </fieldset>
      ))}
    </>
  );
}

interface SideChoiceProps {
  label: string;
  networks: readonly Network[];
  side: Side;
  onChange: (side: Side) => void;
}

function SideChoice({ label, networks, side, onChange }: SideChoiceProps) {
  const { t } = useTranslation("planner");
  const editions = useEditions(side.network);
  const begun = (editions.data ?? []).flatMap((edition) => (edition.valid_from ? [edition] : [])).reverse();
  return (
    <>
      <Select
        className="wide"
        aria-label={`${label}：${t("swipe.network")}`}
        value={side.network}
        onChange={(network) => onChange({ network })}
        options={networks.map(({ code, name }) => ({ value: code, label: name }))}
      />
      <Select
        className="wide"
        aria-label={`${label}：${t("swipe.edition")}`}
        value={side.at ?? ""}
        onChange={(at) => onChange({ ...side, at: at || undefined })}
        options={[
          { value: "", label: t("networks.today") },
          ...begun.map(({ id, valid_from, grids }) => ({
            value: valid_from ?? "",
            label: t("swipe.from", { id, day: day(valid_from), grids }),
          })),
        ]}
      />
    </>
  );
}
