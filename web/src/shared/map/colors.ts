/** Colours of kinds, networks and measures: told apart by people who see red and green alike (Okabe–Ito, viridis). */
export const KIND_COLORS: Record<string, string> = {
  resident: "#56b4e9",
  business: "#e69f00",
  institution: "#009e73",
  none: "#b8bec4",
};

const NETWORK_COLORS = ["#0072b2", "#d55e00", "#6a3d9a", "#117733", "#b0006d", "#8a6d00"];

export function networkColor(place: number): string {
  return NETWORK_COLORS[place % NETWORK_COLORS.length] ?? "#0072b2";
}

/** Light to dark, for amounts. */
export const AMOUNT = ["#fff7d6", "#fed98e", "#fe9929", "#d95f0e", "#8c2d04"];
/** Under – on target – over. */
export const DEVIATION = ["#2166ac", "#92c5de", "#f7f7f7", "#f4a582", "#b2182b"];
/** None, one, two and more owners. */
export const OWNERS = ["#b2182b", "#d9f0d3", "#fdae61", "#f46d43"];
/** Colours for things that only have to differ from their neighbours. */
export const APART = [
  "#8dd3c7",
  "#ffed6f",
  "#bebada",
  "#fb8072",
  "#80b1d3",
  "#fdb462",
  "#b3de69",
  "#fccde5",
  "#ccebc5",
];
