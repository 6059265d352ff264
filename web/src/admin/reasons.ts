import { share } from "@/shared/format";

/** A reason of the server's: a code with its values (docs/reasons.md). */
export interface Said {
  code: string;
  values: Record<string, unknown>;
}

type Say = (key: string, values: Record<string, unknown>) => string;

/** Reasons in the page's language; the server's own words for a code that the page does not know, and for none. */
export function reasonWords(said: readonly Said[] | null | undefined, words: string, t: Say): string {
  if (!said || said.length === 0) return words;
  const told = said.map(({ code, values }) => {
    const shown = typeof values.share === "number" ? { ...values, share: share(values.share, 0) } : values;
    return t(`reason.${code}`, { ...shown, defaultValue: "" });
  });
  return told.every((one) => one !== "") ? told.join("；") : words;
}
