import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Rate } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { Field } from "../Field";
import { useKept } from "../kept";
import type { PublicCase } from "../types";

/** Stars for a report that is done, or more words about it. */
export function Say({ code, found }: { code: string; found: PublicCase }) {
  const { t } = useTranslation("public");
  const queries = useQueryClient();
  const isEvaluation = found.may.includes("evaluate");
  const [said, setSaid] = useKept(`said-${found.number}`, { text: "", stars: 0 });
  const send = useMutation({
    mutationFn: () => {
      const params = { header: { "Follow-Code": code } };
      const asked = isEvaluation
        ? api.POST("/api/v1/public/case/evaluation", { params, body: said })
        : api.POST("/api/v1/public/case/words", { params, body: { text: said.text } });
      return answer<PublicCase>(asked);
    },
    onSuccess: (now) => {
      setSaid({ text: "", stars: 0 });
      queries.setQueryData(["public", "case", code], now);
    },
  });
  if (!isEvaluation && !found.may.includes("note")) return null;
  const isReady = isEvaluation ? said.stars > 0 : said.text.trim() !== "";
  return (
    <Form onFinish={() => send.mutate()}>
      <h3>{t(isEvaluation ? "say.evaluate" : "say.more")}</h3>
      {isEvaluation && (
        <div className="field">
          <span id="stars">{t("say.stars")}</span>
          <Rate
            aria-labelledby="stars"
            value={said.stars}
            onChange={(stars) => setSaid((now) => ({ ...now, stars }))}
            tooltips={[1, 2, 3, 4, 5].map((stars) => t(`say.star.${stars}`))}
          />
        </div>
      )}
      <Field label={t(isEvaluation ? "say.words" : "say.note")}>
        <Input.TextArea
          value={said.text}
          maxLength={2000}
          autoSize={{ minRows: 2 }}
          onChange={({ target }) => setSaid((now) => ({ ...now, text: target.value }))}
        />
      </Field>
      {send.error && <ProblemNotice error={send.error} />}
      <Button block size="large" htmlType="submit" disabled={!isReady} loading={send.isPending}>
        {t(isEvaluation ? "say.sendStars" : "say.send")}
      </Button>
    </Form>
  );
}
