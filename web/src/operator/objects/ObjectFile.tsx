import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button, Timeline } from "antd";
import { useTranslation } from "react-i18next";
import { moment, number } from "@/shared/format";
import { Loaded } from "@/shared/States";
import { CaseLinks } from "../scores/CaseLinks";
import { LevelMark } from "./LevelMark";
import { LEVEL_COLORS, readKey, type WatchedFile } from "./object";
import { useObject } from "./queries";

/** One object: how its colour moved, by which rule and cases, and every event that names it. */
export function ObjectFile({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("operator");
  return (
    <>
      <Button size="small" icon={<ArrowLeftOutlined aria-hidden />} onClick={onClose}>
        {t("objects.back")}
      </Button>
      <Loaded of={useObject(id)}>{(file) => <Told file={file} />}</Loaded>
    </>
  );
}

function Told({ file }: { file: WatchedFile }) {
  const { t } = useTranslation("operator");
  const [kind, key] = readKey(file.key);
  return (
    <>
      <h2>{file.name || key}</h2>
      <p className="row">
        <LevelMark level={file.level} />
        <span className="quiet">
          {kind ? t(`objects.kinds.${kind}`) : ""} {key} {file.owner && `· ${file.owner}`}
        </span>
      </p>
      <h3>{t("objects.events", { shown: number(file.events.length) })}</h3>
      <p>
        <CaseLinks cases={file.events} />
      </p>
      <h3>{t("objects.history")}</h3>
      {file.history.length === 0 ? (
        <p className="quiet">{t("objects.noHistory")}</p>
      ) : (
        <Timeline
          items={[...file.history].reverse().map((change) => ({
            key: change.at,
            color: LEVEL_COLORS[change.level],
            content: (
              <>
                <div className="row">
                  <LevelMark level={change.before} />
                  <span aria-hidden>→</span>
                  <LevelMark level={change.level} />
                </div>
                <div className="quiet">{moment(change.at)}</div>
                <div>
                  {t(`objects.because.${change.rule}`, { defaultValue: change.reason, shown: change.cases.length })}
                </div>
                <CaseLinks cases={change.cases} />
              </>
            ),
          }))}
        />
      )}
    </>
  );
}
