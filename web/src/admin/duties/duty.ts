import type { components } from "@/shared/api/schema";

/** A duty line as it holds. */
export interface Duty {
  number: string;
  list: string;
  kind: "matter" | "component";
  table: string;
  code: string;
  scope: string;
  hours: string;
  lead: string;
  role: string | null;
  assistants: string[];
  limits: string;
  closing: string | null;
  basis: string | null;
  replaces: boolean;
  valid_from: string | null;
}

export type NewDuty = components["schemas"]["NewDuty"];
export const OWNERS = "owner:";

/** Where a duty holds; what a list wrote stays, but for the whole district. */
export function scopeName(scope: string, t: (key: string) => string): string {
  return scope === "everywhere" ? t("duties.everywhere") : scope;
}

/** What a form starts with: a line as it is, to be changed, or one of the city's for everywhere. */
export function startOf(duty: Duty | null): Partial<NewDuty> {
  if (!duty) return { kind: "matter", scope: "everywhere" };
  const { number, list, kind, table, code, scope, hours, lead, limits, replaces } = duty;
  const texts = { role: duty.role ?? "", closing: duty.closing ?? "", basis: duty.basis ?? "" };
  return {
    number,
    list,
    kind,
    table,
    code,
    scope,
    hours,
    lead,
    limits,
    replaces,
    ...texts,
    assistants: duty.assistants.join(","),
  };
}
