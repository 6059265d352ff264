import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { number } from "@/shared/format";
import { Loaded } from "@/shared/States";
import type { Plan } from "../plan";
import { useMatrix } from "../queries";

/** Does every matter have one lead on every grid? */
export function MatrixStep({ plan }: { plan: Plan }) {
  const { t } = useTranslation("planner");
  return (
    <Loaded of={useMatrix(plan)}>
      {(matrix) => (
        <>
          <Alert
            type={matrix.duties === 0 ? "info" : matrix.is_clean ? "success" : "warning"}
            showIcon
            title={t(
              matrix.duties === 0
                ? "publish.noDuties"
                : matrix.is_clean
                  ? "publish.cleanMatrix"
                  : "publish.dirtyMatrix",
            )}
          />
          <dl className="figures">
            {(["unowned", "duplicate", "crossed"] as const).map((problem) => (
              <div key={problem}>
                <dt>{t(`publish.${problem}`)}</dt>
                <dd>{number(matrix[problem].count)}</dd>
              </div>
            ))}
            <div>
              <dt>{t("publish.cells")}</dt>
              <dd>{number(matrix.cells)}</dd>
            </div>
          </dl>
        </>
      )}
    </Loaded>
  );
}
