import { Button, Empty, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ProblemNotice } from "./ProblemNotice";

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** Loading, failed, empty, or what was asked for: `<Loaded of={query}>{(data) => …}</Loaded>`. */
export function Loaded<T>({
  of,
  empty,
  children,
}: {
  of: Asked<T>;
  empty?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const { t } = useTranslation("shared");
  if (of.data !== undefined) {
    const isEmpty = Array.isArray(of.data) && of.data.length === 0;
    return <>{isEmpty && empty !== undefined ? <Empty description={empty} /> : children(of.data)}</>;
  }
  if (of.error) {
    const again = (
      <Button size="small" onClick={() => of.refetch()}>
        {t("again")}
      </Button>
    );
    return <ProblemNotice error={of.error} action={again} />;
  }
  return <Skeleton active aria-label={t("loading")} className="padded" />;
}
