import { Button, Card } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { moment } from "@/shared/format";
import { keep } from "../kept";
import type { Sent } from "../types";

/** After a report: the code, large, to copy or write down; who answers by when. */
export function SentCard(props: { sent: Sent; waiting: number; isSending: boolean; onAgain: () => void }) {
  const { t } = useTranslation("public");
  const { sent } = props;
  const navigate = useNavigate();
  const [isCopied, setCopied] = useState(false);
  const copy = () => navigator.clipboard?.writeText(sent.code).then(() => setCopied(true));
  const follow = () => {
    keep("followed", sent.code);
    navigate("/public/follow");
  };
  return (
    <Card size="small">
      <p role="status">{t("sent.thanks", { number: sent.number })}</p>
      <p>{t("sent.code")}</p>
      <output className="code">{sent.code}</output>
      <p className="quiet">{t("sent.keep")}</p>
      <dl>
        <dt>{t("place.answers")}</dt>
        <dd>{sent.department ?? t("place.nobody")}</dd>
        {sent.due_at && (
          <>
            <dt>{t("follow.due")}</dt>
            <dd>{moment(sent.due_at)}</dd>
          </>
        )}
      </dl>
      {sent.alike > 0 && <p className="quiet">{t("sent.alike", { count: sent.alike })}</p>}
      <div role="status">{props.isSending && props.waiting > 0 && t("sent.sending", { count: props.waiting })}</div>
      <div className="stack">
        {navigator.clipboard && (
          <Button block size="large" onClick={copy}>
            {t(isCopied ? "sent.copied" : "sent.copy")}
          </Button>
        )}
        <Button block size="large" onClick={follow}>
          {t("sent.follow")}
        </Button>
        <Button block size="large" type="link" onClick={props.onAgain}>
          {t("sent.another")}
        </Button>
      </div>
    </Card>
  );
}
