import { CameraOutlined, DeleteOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { type ChangeEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { PHOTOS_MOST, shrunk } from "./photo";

/** Up to three photographs, from the camera or the album, as data URLs. */
export function Photos({ photos, onChange }: { photos: string[]; onChange: (photos: string[]) => void }) {
  const { t } = useTranslation("public");
  const input = useRef<HTMLInputElement>(null);
  const [isUnreadable, setUnreadable] = useState(false);
  const take = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const chosen = Array.from(target.files ?? []).slice(0, PHOTOS_MOST - photos.length);
    target.value = "";
    const made = await Promise.all(chosen.map((file) => shrunk(file).catch(() => null)));
    setUnreadable(made.includes(null));
    onChange([...photos, ...made.filter((photo): photo is string => photo !== null)]);
  };
  return (
    <fieldset className="field">
      <legend>{t("report.photos", { most: PHOTOS_MOST })}</legend>
      <ul className="plain photos">
        {photos.map((photo, at) => (
          <li key={photo.slice(-64)}>
            <img src={photo} alt={t("report.photo", { number: at + 1 })} />
            <Button
              shape="circle"
              icon={<DeleteOutlined aria-hidden />}
              aria-label={t("report.drop", { number: at + 1 })}
              onClick={() => onChange(photos.filter((other) => other !== photo))}
            />
          </li>
        ))}
      </ul>
      {photos.length < PHOTOS_MOST && (
        <Button block size="large" icon={<CameraOutlined aria-hidden />} onClick={() => input.current?.click()}>
          {t("report.take")}
        </Button>
      )}
      <input
        ref={input}
        type="file"
        accept="image/*"
        capture="environment"
        hidden
        aria-label={t("report.take")}
        onChange={take}
      />
      {isUnreadable && <p role="alert">{t("report.unreadable")}</p>}
    </fieldset>
  );
}
