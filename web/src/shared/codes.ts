import type { Expression } from "./map/layers";

const LEVELS = [12, 9, 6]; // digits of a community, a street, a district

/** The community, street or district that all codes of a plan begin with; "" where there is none to leave out. */
export function commonHead(codes: readonly string[]): string {
  const first = codes[0] ?? "";
  const length = LEVELS.find((level) =>
    codes.every((code) => code.length > level && code.startsWith(first.slice(0, level))),
  );
  return length && codes.length > 1 ? first.slice(0, length) : "";
}

/** How a code of the plan is written in lists of the plan alone: as on its map. The whole code belongs in the title. */
export function shortened(codes: readonly string[]): (code: string) => string {
  const head = commonHead(codes);
  return (code) => (code.startsWith(head) ? code.slice(head.length) : code);
}

/** The same for labels on a map, of features that have a `code`. */
export function codeText(codes: readonly string[]): Expression {
  const head = commonHead(codes);
  return (head ? ["slice", ["get", "code"], head.length] : ["get", "code"]) as unknown as Expression;
}
