import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { day } from "@/shared/format";
import { Loaded } from "@/shared/States";
import { forget, grouped, type Remembered, remembered } from "../codes";
import { Field } from "../Field";
import { Frame } from "../Frame";
import { useKept } from "../kept";
import { useCase } from "../queries";
import { CaseCard } from "./CaseCard";

/** A report by its code: typed, or one that this telephone remembers. */
export default function FollowView() {
  const { t } = useTranslation("public");
  const [code, setCode] = useKept("followed", "");
  const [typed, setTyped] = useState(code);
  const [known, setKnown] = useState(remembered);
  const follow = (one: string) => {
    setTyped(one);
    setCode(one);
  };
  return (
    <Frame title={t("follow.title")}>
      <Form onFinish={() => setCode(grouped(typed))}>
        <Field label={t("follow.code")} hint={t("follow.codeHint")}>
          <Input
            size="large"
            value={typed}
            maxLength={40}
            autoComplete="off"
            autoCapitalize="characters"
            onChange={({ target }) => setTyped(target.value)}
          />
        </Field>
        <Button block size="large" type="primary" htmlType="submit" disabled={grouped(typed).length < 24}>
          {t("follow.look")}
        </Button>
      </Form>
      {code && <Case key={code} code={code} />}
      <Known known={known} onFollow={follow} onForget={(number) => setKnown(forget(number))} />
    </Frame>
  );
}

function Case({ code }: { code: string }) {
  return <Loaded of={useCase(code)}>{(found) => <CaseCard code={code} found={found} />}</Loaded>;
}

function Known(props: { known: Remembered[]; onFollow: (code: string) => void; onForget: (number: number) => void }) {
  const { t } = useTranslation("public");
  if (props.known.length === 0) return null;
  return (
    <section aria-labelledby="known">
      <h2 id="known">{t("follow.known")}</h2>
      <ul className="plain known">
        {props.known.map((one) => (
          <li key={one.number}>
            <Button size="large" onClick={() => props.onFollow(one.code)}>
              {one.number} · {day(one.at)} · {one.text}
            </Button>
            <Button
              size="large"
              type="text"
              aria-label={t("follow.forget", { number: one.number })}
              onClick={() => props.onForget(one.number)}
            >
              ×
            </Button>
          </li>
        ))}
      </ul>
      <p className="quiet">{t("follow.shared")}</p>
    </section>
  );
}
