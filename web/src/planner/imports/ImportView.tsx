import { InboxOutlined } from "@ant-design/icons";
import { Button, Empty, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { MapView } from "@/shared/map/MapView";
import { useGround, useNetworks } from "@/shared/queries";
import { CheckedFile } from "./CheckedFile";
import { type Dropped, grouped } from "./groups";

/** Files dropped onto the page: each is checked and shown on the map before anything is stored. */
export default function ImportView() {
  const { t } = useTranslation("planner");
  const [files, setFiles] = useState<File[]>([]);
  const [chosen, choose] = useState<string | null>(null);
  const groups = grouped(files);
  const current = groups.find((group) => group.key === chosen) ?? groups.at(-1);
  const take = (more: File[]) => {
    setFiles((known) => [...known.filter((file) => !more.some((one) => one.name === file.name)), ...more]);
    choose(null);
  };
  const leave = (group: Dropped) => setFiles((known) => known.filter((file) => !group.files.includes(file)));
  const dropZone = (
    <section className="panel wide" aria-label={t("import.title")}>
      <h1>{t("import.title")}</h1>
      <Upload.Dragger
        multiple
        showUploadList={false}
        accept=".zip,.shp,.shx,.dbf,.prj,.cpg,.geojson,.json,.gpkg,.fgb,.parquet,.kml,.kmz,.topojson"
        beforeUpload={(file, all) => {
          if (file === all.at(-1)) take(all);
          return false;
        }}
      >
        <p>
          <InboxOutlined aria-hidden style={{ fontSize: 28 }} />
        </p>
        <p>{t("import.drop")}</p>
        <p className="quiet">{t("import.formats")}</p>
      </Upload.Dragger>
      <ul className="plain files" aria-label={t("import.files")}>
        {groups.map((group) => (
          <li key={group.key} className="row spread">
            <Button
              type={group.key === current?.key ? "primary" : "text"}
              size="small"
              onClick={() => choose(group.key)}
            >
              {group.name}
            </Button>
            <Button
              size="small"
              type="text"
              onClick={() => leave(group)}
              aria-label={t("import.leave", { name: group.name })}
            >
              ×
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
  return (
    <div className="stage">
      {current ? <CheckedFile key={current.key} dropped={current} header={dropZone} /> : <Nothing header={dropZone} />}
    </div>
  );
}

function Nothing({ header }: { header: React.ReactNode }) {
  const { t } = useTranslation("planner");
  const networks = useNetworks();
  const codes = (networks.data ?? [])
    .filter((network) => network.newest_edition !== null)
    .map((network) => network.code);
  const bounds = useGround(codes).data;
  return (
    <>
      <div className="column">{header}</div>
      <div className="canvas">
        <MapView bounds={bounds} label={t("import.map")} />
        <Empty className="over" description={t("import.nothing")} />
      </div>
    </>
  );
}
