import { QuestionCircleOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/shared/session";
import type { TourName } from "./steps";

const GuideTour = lazy(() => import("./GuideTour"));
const KEPT = "onegrid-guided";

/** A tour of a view, from the help button; offered once to planners, in a place that covers nothing. */
export function Guide({ tour, isOffered = false }: { tour: TourName; isOffered?: boolean }) {
  const { t } = useTranslation("planner");
  const { can } = useSession();
  const [isOpen, setOpen] = useState(false);
  const [isKnown, setKnown] = useState(() => localStorage.getItem(KEPT) !== null);
  const know = () => {
    localStorage.setItem(KEPT, new Date().toISOString());
    setKnown(true);
  };
  const start = () => {
    know();
    setOpen(true);
  };
  return (
    <>
      <Button type="text" size="small" className="help" icon={<QuestionCircleOutlined aria-hidden />} onClick={start}>
        {t("tour.help")}
      </Button>
      {isOffered && !isKnown && can("plan") && (
        <aside className="guide" aria-label={t("tour.help")}>
          <span>{t("tour.offer")}</span>
          <Button size="small" type="primary" onClick={start}>
            {t("tour.start")}
          </Button>
          <Button size="small" onClick={know}>
            {t("tour.decline")}
          </Button>
        </aside>
      )}
      {isOpen && (
        <Suspense>
          <GuideTour tour={tour} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
