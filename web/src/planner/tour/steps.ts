/** What a tour points at, in its order: the key of its words, and where it is on the page. */
export const TOURS = {
  networks: [
    ["list", ".stage .panel .ant-tabs-tab:nth-child(1)"],
    ["map", ".stage > .canvas"],
    ["time", ".stage .time"],
    ["overlap", ".stage .panel .ant-tabs-tab:nth-child(2)"],
    ["compare", ".stage .panel .ant-tabs-tab:nth-child(4)"],
    ["import", ".header nav a[href='/import']"],
    ["plans", ".header nav a[href='/plans']"],
    ["help", ".help"],
  ],
  plan: [
    ["setup", ".strip nav a[href$='/setup']"],
    ["result", ".strip nav a[href$='/result']"],
    ["edit", ".strip nav a[href$='/edit']"],
    ["twoPlans", ".strip nav a[href$='/compare']"],
    ["replay", ".strip nav a[href$='/replay']"],
    ["publish", ".strip nav a[href$='/publish']"],
  ],
} as const;

export type TourName = keyof typeof TOURS;

/** The steps whose places are on the page now: what the caller may not do, or what is not drawn yet, is left out. */
export function stepsOf(tour: TourName, page: ParentNode): { key: string; place: HTMLElement; isLarge: boolean }[] {
  return TOURS[tour].flatMap(([key, selector]) => {
    const place = page.querySelector<HTMLElement>(selector);
    return place ? [{ key, place, isLarge: key === "map" }] : [];
  });
}
