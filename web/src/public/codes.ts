/** Follow codes that this telephone remembers, the newest first; forgotten by a button. */
export interface Remembered {
  code: string;
  number: number;
  text: string;
  at: string;
}

const KEPT = "onegrid-follow-codes";
const MOST = 20;

export function remembered(): Remembered[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? (found as Remembered[]) : [];
  } catch {
    return [];
  }
}

export function remember(one: Remembered): void {
  keep([one, ...remembered().filter((other) => other.number !== one.number)].slice(0, MOST));
}

export function forget(number: number): Remembered[] {
  const left = remembered().filter((one) => one.number !== number);
  keep(left);
  return left;
}

function keep(codes: Remembered[]): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(codes));
  } catch {
    return; // the browser keeps nothing: the code was shown, and can be written down
  }
}

/** As it is shown, whatever was typed: groups of four. */
export function grouped(typed: string): string {
  const symbols = typed.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return (symbols.match(/.{1,4}/g) ?? []).join("-");
}
