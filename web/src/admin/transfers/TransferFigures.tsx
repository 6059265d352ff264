import { CheckCircleOutlined, ExclamationCircleOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { number, share } from "@/shared/format";
import type { Proposals, Totals } from "./transfer";

const FIGURES = {
  placed: share,
  mean_share: share,
  mean_distance_m: (value: unknown) => `${number(value)} m`,
  roles_kept: share,
  without_chief: number,
  several_chiefs: number,
} as const;

/** How far it is decided, that no post and no work is lost, and how good the proposals are beside a greedy choice. */
export function TransferFigures({ proposals }: { proposals: Proposals }) {
  const { t } = useTranslation("admin");
  const decided = [
    ["posts", proposals.posts],
    ["accepted", proposals.accepted],
    ["leaves", proposals.leaves],
    ["open", proposals.open],
  ] as const;
  return (
    <>
      <dl className="figures">
        {decided.map(([name, count]) => (
          <div key={name}>
            <dt>{t(`transfers.count.${name}`)}</dt>
            <dd>{number(count)}</dd>
          </div>
        ))}
        {Object.entries(FIGURES).map(([name, say]) => (
          <div key={name}>
            <dt>{t(`transfers.figure.${name}`)}</dt>
            <dd>
              {say(proposals.figures[name])}{" "}
              <small className="quiet">{t("transfers.greedy", { value: say(proposals.greedy[name]) })}</small>
            </dd>
          </div>
        ))}
      </dl>
      {proposals.totals && <Conserved totals={proposals.totals} />}
    </>
  );
}

function Conserved({ totals }: { totals: Totals }) {
  const { t } = useTranslation("admin");
  const counts = Object.fromEntries(Object.entries(totals).map(([name, value]) => [name, number(value, 2)]));
  return (
    <p>
      {totals.conserved ? (
        <CheckCircleOutlined aria-hidden style={{ color: "#2e7d32" }} />
      ) : (
        <ExclamationCircleOutlined aria-hidden style={{ color: "#c0262d" }} />
      )}{" "}
      {t("transfers.totals", counts)} {t(totals.conserved ? "transfers.conserved" : "transfers.lost")}
    </p>
  );
}
