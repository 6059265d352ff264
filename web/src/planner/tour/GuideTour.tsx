import { Tour } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { stepsOf, type TourName } from "./steps";

/** The tour itself, loaded when somebody takes it. */
export default function GuideTour({ tour, onClose }: { tour: TourName; onClose: () => void }) {
  const { t } = useTranslation("planner");
  const [at, setAt] = useState(0);
  const steps = useMemo(
    () =>
      stepsOf(tour, document).map(({ key, place, isLarge }) => ({
        placement: isLarge ? ("center" as const) : undefined, // beside it there is no room
        title: t(`tour.step.${key}.title`),
        description: t(`tour.step.${key}.what`),
        target: () => place,
      })),
    [tour, t],
  );
  return <Tour open steps={steps} current={at} onChange={setAt} onClose={onClose} />;
}
