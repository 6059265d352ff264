import { useMutation } from "@tanstack/react-query";
import { Button, Collapse, Input } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { remember } from "../codes";
import { Field } from "../Field";
import { Frame } from "../Frame";
import { newKey, useKept, useSettled } from "../kept";
import { PickMap } from "../PickMap";
import { PlaceCard } from "../PlaceCard";
import { sendPhoto } from "../queries";
import type { Matter, Place, Sent } from "../types";
import { Photos } from "./Photos";
import { blobOf } from "./photo";
import { SentCard } from "./SentCard";
import { Suggestions } from "./Suggestions";

interface Draft {
  text: string;
  matter: Matter | null;
  address: string;
  name: string;
  phone: string;
  key: string;
}

const empty = (): Draft => ({ text: "", matter: null, address: "", name: "", phone: "", key: newKey() });

/** A report by a resident: where, what, photographs; then the code to follow it by. Everything stays over a reload. */
export default function ReportView() {
  const { t } = useTranslation("public");
  const [place, setPlace] = useKept<Place | null>("place", null);
  const [draft, setDraft] = useKept<Draft>("report", empty());
  const [photos, setPhotos] = useKept<string[]>("photos", []);
  const [sent, setSent] = useKept<Sent | null>("sent", null);
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  const send = useMutation({
    mutationFn: async (at: Place | null) => {
      const made = sent ?? (at && (await file(draft, at)));
      if (!made) return;
      setSent(made);
      setDraft(empty());
      for (const photo of photos) {
        await sendPhoto(made.code, blobOf(photo));
        setPhotos((left) => left.filter((other) => other !== photo));
      }
    },
  });
  const again = () => {
    send.reset();
    setPhotos([]);
    setSent(null);
  };
  if (sent)
    return (
      <Frame title={t("sent.title")}>
        <SentCard sent={sent} waiting={photos.length} isSending={send.isPending} onAgain={again} />
        {send.error && <ProblemNotice error={send.error} title={t("sent.photoFailed")} />}
        {photos.length > 0 && !send.isPending && (
          <Button block size="large" type="primary" onClick={() => send.mutate(null)}>
            {t("sent.sendPhotos")}
          </Button>
        )}
      </Frame>
    );
  return (
    <Frame title={t("report.title")}>
      <h2>{t("report.where")}</h2>
      <PickMap place={place} onPlace={setPlace} label={t("place.map")} />
      {place && <Owner place={place} draft={draft} />}
      <h2>{t("report.what")}</h2>
      <Words draft={draft} onChange={set} />
      <Photos photos={photos} onChange={setPhotos} />
      <Contact draft={draft} onChange={set} />
      {send.error && <ProblemNotice error={send.error} />}
      {!place && <p className="quiet">{t("report.placeNeeded")}</p>}
      <Button
        block
        size="large"
        type="primary"
        disabled={!place || draft.text.trim().length === 0}
        loading={send.isPending}
        onClick={() => send.mutate(place)}
      >
        {t("report.send")}
      </Button>
    </Frame>
  );
}

async function file(draft: Draft, place: Place): Promise<Sent> {
  const { text, matter, address, name, phone, key } = draft;
  const body = {
    ...place,
    text,
    address,
    kind: matter?.kind ?? "matter",
    matter: matter?.code ?? "",
    name: name || null,
    phone: phone || null,
  };
  const made = await answer<Sent>(
    api.POST("/api/v1/public/reports", { params: { header: { "Idempotency-Key": key } }, body }),
  );
  remember({ code: made.code, number: made.number, text: text.slice(0, 60), at: made.reported_at });
  return made;
}

type Part = { draft: Draft; onChange: (change: Partial<Draft>) => void };

function Owner({ place, draft }: { place: Place; draft: Draft }) {
  return <PlaceCard place={place} text={useSettled(draft.text.slice(0, 500), 1500)} isBrief />;
}

function Words({ draft, onChange }: Part) {
  const { t } = useTranslation("public");
  return (
    <>
      <Field label={t("report.text")} hint={t("report.textHint")}>
        <Input.TextArea
          value={draft.text}
          maxLength={2000}
          autoSize={{ minRows: 3 }}
          onChange={({ target }) => onChange({ text: target.value })}
        />
      </Field>
      <Suggestions text={draft.text} chosen={draft.matter} onChoose={(matter) => onChange({ matter })} />
      <Field label={t("report.address")} hint={t("report.addressHint")}>
        <Input
          size="large"
          value={draft.address}
          maxLength={300}
          onChange={({ target }) => onChange({ address: target.value })}
        />
      </Field>
    </>
  );
}

function Contact({ draft, onChange }: Part) {
  const { t } = useTranslation("public");
  const fields = (
    <>
      <p className="quiet">{t("report.contactWhat")}</p>
      <Field label={t("report.name")}>
        <Input
          size="large"
          value={draft.name}
          maxLength={100}
          autoComplete="name"
          onChange={({ target }) => onChange({ name: target.value })}
        />
      </Field>
      <Field label={t("report.phone")}>
        <Input
          size="large"
          type="tel"
          value={draft.phone}
          maxLength={50}
          autoComplete="tel"
          onChange={({ target }) => onChange({ phone: target.value })}
        />
      </Field>
    </>
  );
  return <Collapse items={[{ key: "contact", label: t("report.contact"), children: fields }]} />;
}
