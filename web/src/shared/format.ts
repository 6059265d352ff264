import i18n from "i18next";

const locale = () => (i18n.language?.startsWith("zh") ? "zh-CN" : "en-GB");

/** Numbers, shares, ground and moments as the page's language writes them; "–" for what is not known. */
export function number(value: unknown, digits = 0): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

export function share(value: unknown, digits = 1): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: digits }).format(value);
}

export function ground(squareMetres: unknown): string {
  if (typeof squareMetres !== "number") return "–";
  if (squareMetres >= 1e6) return `${number(squareMetres / 1e6, 2)} km²`;
  return squareMetres >= 1e4 ? `${number(squareMetres / 1e4, 1)} ha` : `${number(squareMetres, 1)} m²`;
}

export function moment(value: unknown): string {
  if (typeof value !== "string" || !value) return "–";
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(value));
}

export function day(value: unknown): string {
  if (typeof value !== "string" || !value) return "–";
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(new Date(value));
}
