import { moment, number } from "@/shared/format";
import { sayLimits } from "@/shared/limits";

/** A route's trace as the API keeps it: what was asked, found and chosen, step by step. */
export interface Trace {
  asked: { lon: number; lat: number; crs: string };
  at: string;
  point: { lon: number; lat: number; uncertainty_m: number };
  grids: {
    network: string;
    code: string;
    edition: number;
    border_m: number;
    ambiguous: boolean;
    runner_up: { code: string; distance_m: number } | null;
  }[];
  nearest: { network: string; code: string; distance_m: number } | null;
  matter: { code: string; name?: string | null };
  duty: {
    lead: string | null;
    duty?: { number: string; code: string; scope: string } | null;
    losers?: { number: string; lead: string; rule: string }[];
    elsewhere?: string[];
    candidates?: string[];
  };
  owner: { department: string };
  roster: { answers: { post: number; role: string; on_duty: boolean } | null; fallback?: { department: string } };
  ladder: { begins: string };
  deadlines: { from: string; limits: { limit: string; due_at?: string; problem?: string }[] };
}

const EVERYWHERE = "everywhere";

type Say = (key: string, values?: Record<string, unknown>) => string;

/** The trace in words of the page's language, a sentence for each step: point, grids, duty, who loses, people, time. */
export function routeWords(trace: Trace, t: Say): string[] {
  return [...place(trace, t), ...duty(trace, t), ...people(trace, t), ...time(trace, t)];
}

/** The trace with networks called by their names. */
export function withNames(trace: Trace, nameOf: (network: string) => string): Trace {
  return { ...trace, grids: trace.grids.map((grid) => ({ ...grid, network: nameOf(grid.network) })) };
}

function place({ asked, at, point, grids, nearest }: Trace, t: Say): string[] {
  const shifted = asked.crs === "wgs84" ? "" : t("route.shifted", { lon: fixed(point.lon), lat: fixed(point.lat) });
  const exact = point.uncertainty_m > 0 ? t("route.exact", { metres: number(point.uncertainty_m, 1) }) : "";
  const said = t("route.point", { lon: fixed(asked.lon), lat: fixed(asked.lat), crs: asked.crs, at: moment(at) });
  if (grids.length === 0)
    return [
      said + shifted + exact,
      t("route.noGrid") + (nearest ? t("route.nearest", { ...nearest, metres: number(nearest.distance_m, 1) }) : ""),
    ];
  return [said + shifted + exact, ...grids.map((grid) => gridWords(grid, t))];
}

function gridWords(grid: Trace["grids"][number], t: Say): string {
  const next = grid.runner_up
    ? t("route.runnerUp", { code: grid.runner_up.code, metres: number(grid.runner_up.distance_m, 1) })
    : "";
  const said = t("route.grid", { ...grid, metres: number(grid.border_m, 1) });
  return said + next + (grid.ambiguous ? t("route.ambiguous") : "");
}

function duty({ matter, duty: chosen, owner }: Trace, t: Say): string[] {
  const named = [matter.code, matter.name].filter(Boolean).join(" ") || t("route.noMatter");
  const line = chosen.duty;
  return [
    line
      ? t("route.leads", {
          ...line,
          scope: line.scope === EVERYWHERE ? t("route.everywhere") : line.scope,
          named,
          lead: chosen.lead,
        })
      : t("route.nobodyLeads", { named }),
    ...(chosen.losers ?? []).map((loser) => t("route.loses", { ...loser, why: t(`rule.${loser.rule}`) })),
    ...(chosen.elsewhere?.length ? [t("route.elsewhere", { count: chosen.elsewhere.length })] : []),
    ...(chosen.candidates?.length ? [t("route.candidates", { names: chosen.candidates.join(" · ") })] : []),
    t("route.owner", { department: owner.department }),
  ];
}

function people({ roster }: Trace, t: Say): string[] {
  const { answers, fallback } = roster;
  if (answers) return [t(answers.on_duty ? "route.onDuty" : "route.offDuty", { ...answers })];
  return [t("route.vacant", { department: fallback?.department ?? "" })];
}

function time({ deadlines }: Trace, t: Say): string[] {
  if (deadlines.limits.length === 0) return [t("route.noLimit")];
  return deadlines.limits.map(({ limit: written, due_at, problem }) => {
    const limit = sayLimits(written, t);
    return due_at ? t("route.due", { limit, due: moment(due_at) }) : t("route.notCounted", { limit, problem });
  });
}

function fixed(degrees: number): string {
  return degrees.toFixed(6);
}
