import { Alert } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, type ProblemDocument } from "./api/problem";

/** A problem document as it came: its sentence, the reasons, where in a file, the remedy, the number of the request. */
export function ProblemNotice({ error, title, action }: { error: unknown; title?: string; action?: ReactNode }) {
  const { t } = useTranslation("shared");
  const problem = asProblem(error);
  const kind = t(`problem.${problem.kind}`, { defaultValue: problem.document.title });
  return (
    <Alert
      className="problem"
      type={problem.status === 409 || problem.kind === "crs-not-certain" ? "warning" : "error"}
      showIcon
      title={title ?? kind}
      description={<Details document={problem.document} />}
      action={action}
    />
  );
}

function Details({ document }: { document: ProblemDocument }) {
  const { t } = useTranslation("shared");
  const place = [
    document.file && t("problem.file", { file: document.file }),
    document.row !== undefined && t("problem.row", { row: document.row }),
    document.field && t("problem.field", { field: document.field }),
  ].filter(Boolean);
  const points = [...(document.reasons ?? []).map(sentence), ...(document.errors ?? []).map(sentence)];
  return (
    <>
      {document.detail && <p>{document.detail}</p>}
      {place.length > 0 && <p>{place.join(" · ")}</p>}
      {points.length > 0 && (
        <ul>
          {points.slice(0, 20).map((point) => (
            <li key={point}>{point}</li>
          ))}
        </ul>
      )}
      {document.remedy && <p>{t("problem.remedy", { remedy: document.remedy })}</p>}
      {document.request_id && <p className="quiet">{t("problem.request", { id: document.request_id })}</p>}
    </>
  );
}

function sentence(point: unknown): string {
  if (typeof point === "string") return point;
  if (typeof point !== "object" || point === null) return String(point);
  const { where, what, message, detail, ...rest } = point as Record<string, unknown>;
  const words = [where, what ?? message ?? detail].filter((word) => word !== undefined && word !== null);
  return words.length > 0 ? words.join(": ") : JSON.stringify(rest);
}
