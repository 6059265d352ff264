export interface NoticeBrief {
  id: number;
  plan: number;
  plan_name: string;
  plan_status: string;
  department: string;
  valid_from: string;
  answer_by: string | null;
  counts: Record<string, number>;
  given_by: string;
  given_at: string;
  is_current: boolean;
  open_objections: number;
}

export interface Objection {
  id: number;
  notice: number;
  department: string;
  about: string;
  reason: string;
  made_by: string;
  made_at: string;
  status: "open" | "answered" | "withdrawn";
  accepted: boolean | null;
  answer: string;
  ended_by: string | null;
  ended_at: string | null;
}

export type Row = Record<string, unknown>;

export interface Notice extends Omit<NoticeBrief, "open_objections"> {
  lists: Record<string, Row[]>;
  objections: Objection[];
}

export const LISTS = [
  "grids_gained",
  "grids_lost",
  "duties_gained",
  "duties_lost",
  "cases_gained",
  "cases_lost",
  "own_grids",
] as const;

/** What an objection may be about: grids, matters and cases that the notice names, each once. */
export function subjects(notice: Notice): string[] {
  const named = LISTS.flatMap((list) =>
    (notice.lists[list] ?? []).map((row) => row.code ?? row.event ?? row.new ?? row.old),
  );
  return [...new Set(named.filter((name) => name !== undefined && name !== null).map(String))];
}

/** A cell in words: lists joined, shares as per cent, the rest as it is. */
export function cell(name: string, value: unknown, share: (value: unknown) => string): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join("、");
  return name === "share" ? share(value) : String(value);
}

const ORDER = [
  "event",
  "code",
  "name",
  "kind",
  "matter",
  "area",
  "grid",
  "network",
  "old",
  "from",
  "new",
  "to",
  "share",
  "grids",
];

/** The columns of a list in one order, whatever the rows have first. */
export function columnsOf(rows: readonly Row[]): string[] {
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return [...new Set(rows.flatMap((row) => Object.keys(row)))].sort((a, b) => place(a) - place(b));
}
