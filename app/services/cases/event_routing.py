"""Whose an event is: its grid, the duty that leads on its matter, who answers on the grid, by when; else the owner of
last resort (属地兜底) — never nobody. The trace names posts and internal numbers, not people: it can be kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.rules.cases.clocks import LADDER, common_level, step_of_ladder
from app.rules.cases.route_traces import described_choice
from app.rules.duties.duty_choice import Choice, choose
from app.rules.duties.duty_hours import Instant
from app.rules.duties.duty_index import DutyVersion
from app.rules.duties.matters import Matter
from app.rules.duties.time_limits import Limit, main_limit
from app.rules.sayings import Said, text_of
from app.rules.staff.answering import Answer, answering, next_in_line
from app.rules.staff.roles import role_of
from app.rules.time.working_time import due_moments
from app.services.cases.event_places import Sighting, Spot, find_spot, with_features
from app.services.cases.routing_index import RoutingIndex
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.services.staff.staff_index import StaffIndex, View

ROUTED, UNOWNED, UNROUTED = "routed", "unowned", "unrouted"
LAST_RESORT = "属地兜底"
KIND_NAMES = {"matter": "事件", "component": "部件"}
Reasons = tuple[Said, ...]


@dataclass(frozen=True)
class Routing:
    """`kind`: routed; unowned, a grid but no lead; unrouted, no grid. `owner` is a department. `level`: where on the
    ladder it begins, 0 is the grid. `trace`: JSON-ready."""

    kind: str
    owner: str
    grid: str
    edition: int | None
    area: str
    limits: tuple[Limit, ...]
    ambiguous: bool
    lon: float
    lat: float
    uncertainty_m: float
    trace: dict[str, Any]
    level: int = 0

    @property
    def limit(self) -> Limit | None:
        return main_limit(self.limits)

    @property
    def ladder(self) -> list[str]:
        """Areas that answer at each level of the ladder, '' where no code says which."""
        return [step_of_ladder(self.area, level) for level in range(len(LADDER))]


@dataclass(frozen=True)
class _Known:
    """What one route is told by: nothing in it changes while it is made."""

    index: RoutingIndex
    staff: StaffIndex
    sighting: Sighting
    rules: AnswerRules
    known_at: datetime | None

    @property
    def instant(self) -> Instant:
        return Instant.of(self.sighting.at.astimezone(ZoneInfo(self.rules.zone)))


@dataclass(frozen=True)
class _Chosen:
    """What the duties say. `why` where there is no choice; `others`: leads on other grids that the event is on."""

    choice: Choice | None
    why: Said | None = None
    others: tuple[tuple[str, str], ...] = ()

    @property
    def lead(self) -> str:
        return self.choice.lead if self.choice else ""

    @property
    def limits(self) -> tuple[Limit, ...]:
        return self.choice.duty.limits if self.choice and self.choice.duty else ()


def route_event(
    session: Session, lookup: Lookup, sighting: Sighting, rules: AnswerRules, *, known_at: datetime | None = None,
    kept: dict[str, Any] | None = None, index: RoutingIndex | None = None,
) -> Routing:  # fmt: skip
    """The route of a sighting as known now, or as known at `known_at` with the evidence of the trace `kept` then.

    `index`: that of the caller, who routes many. InputError for coordinates that are no place.
    """
    known = _Known(
        (index or lookup.routing.current(session)).known_then(session, known_at),
        lookup.snapshot.staff, sighting, rules, known_at,
    )  # fmt: skip
    spot = find_spot(session, lookup, sighting, rules, known_at, kept.get("evidence", {}) if kept else None)
    matter = _matter(known, kept)
    named = known.index.duties.speaking(matter, sighting.at, known_at) if matter else []
    if matter is not None:
        spot = with_features(session, spot, sighting, matter, [version.duty for version in named], known_at)
    chosen = _choose(known, spot, matter, named)
    kind = UNROUTED if spot.grid is None else ROUTED if chosen.lead else UNOWNED
    level = common_level([grid["area"] or "" for grid in spot.among], len(spot.among))
    owner, why = _owner(known.index, spot, chosen, kind, level)
    ladder, among = _ladder(known.index, spot, level)
    roster, said = _roster(known, spot, chosen)
    trace = {
        "asked": sighting.to_dict(),
        **{name: spot.answer[name] for name in ("point", "at", "nearest", "warnings")},
        "grids": [{name: value for name, value in each.items() if name != "staff"} for each in spot.answer["grids"]],
        "area": spot.area,
        "ladder": ladder,
        "matter": _told_matter(matter, sighting),
        "duty": _told(chosen, named),
        "component": spot.component,
        **({"object": spot.evidence["object"]} if spot.evidence.get("object") else {}),
        "evidence": spot.evidence,
        "owner": {"department": owner, "why": text_of(why)},
        "roster": roster,
        "deadlines": _deadlines(known, owner, chosen.limits),
        "said": _codes({"owner": why, "ladder": among, "duty": _why_nobody(chosen), **said}),
    }
    return _routing(kind, owner, spot, chosen, level, trace)


def _routing(kind: str, owner: str, spot: Spot, chosen: _Chosen, level: int, trace: dict[str, Any]) -> Routing:
    grid, point = spot.grid or {}, spot.answer["point"]
    return Routing(
        kind, owner, grid.get("code") or "", grid.get("edition"), spot.area, chosen.limits, bool(grid.get("ambiguous")),
        point["lon"], point["lat"], point["uncertainty_m"], trace, level,
    )  # fmt: skip


def _matter(known: _Known, kept: dict[str, Any] | None) -> Matter | None:
    """The matter as the city knew it when the trace was kept, else as it knows it now."""
    if kept is not None:
        told = kept.get("matter") or {}
        names = ("kind", "code", "name", "category", "table", "origin")
        return Matter(**{name: told[name] for name in names}) if told.get("table") else None
    sighting = known.sighting
    return known.index.matters.find(sighting.kind, sighting.matter, sighting.at) if sighting.matter else None


def _choose(known: _Known, spot: Spot, matter: Matter | None, named: list[DutyVersion]) -> _Chosen:
    """The duty that leads, here and on the other grids that the event is on or may be on."""
    sighting = known.sighting
    if matter is None:
        told = {"kind": sighting.kind, "kind_name": KIND_NAMES[sighting.kind], "code": sighting.matter}
        return _Chosen(None, Said("not_in_tables", told) if sighting.matter else Said("no_matter"))
    duties = [version.duty for version in named]
    choice = choose(duties, matter, spot.place, known.instant)
    others = tuple(
        (grid["code"], choose(duties, matter, spot.beside(grid), known.instant).lead)
        for grid in spot.among
        if spot.grid is not None and grid["code"] != spot.grid["code"]
    )
    return _Chosen(choice, None, others)


def _owner(index: RoutingIndex, spot: Spot, chosen: _Chosen, kind: str, level: int) -> tuple[str, Reasons]:
    """Department and why: the lead; where the grids of the event have different leads, whoever answers for what they
    have in common; where nobody leads, the owner of last resort."""
    other = next(((code, lead) for code, lead in chosen.others if lead != chosen.lead), None)
    if kind == ROUTED and other is None:
        return chosen.lead, (Said("duty_leads"),)
    if kind == ROUTED and other is not None:
        told = {"lead": chosen.lead, "grid": (spot.grid or {}).get("code"), "beside": other[0]}
        differ = Said("leads_differ", {**told, "other": other[1]}) if other[1] else Said("leads_and_nobody", told)
        return _last_resort(index, step_of_ladder(spot.area, level) or spot.area, differ)
    return _last_resort(index, spot.area, Said("no_grid" if kind == UNROUTED else "no_lead_here"))


def _last_resort(index: RoutingIndex, area: str, said: Said) -> tuple[str, Reasons]:
    found = index.last_resort(area)
    if found is None:
        return f"{LAST_RESORT} {area}".strip(), (said, Said("last_resort_not_named"))
    return found[1], (said, Said("last_resort_of", {"area": found[0]}) if found[0] else Said("last_resort_everywhere"))


def _ladder(index: RoutingIndex, spot: Spot, level: int) -> tuple[dict[str, Any], Said]:
    """The four steps with who answers for each area, and where the event begins; and why there."""
    steps: list[dict[str, Any]] = [{"level": LADDER[0], "area": (spot.grid or {}).get("code"), "department": None}]
    for number in range(1, len(LADDER)):
        area = step_of_ladder(spot.area, number)
        found = index.last_resort(area) if area else None
        steps.append({"level": LADDER[number], "area": area or None, "department": found[1] if found else None})
    codes = [grid["code"] for grid in spot.among]
    several = Said("several_grids", {"count": len(codes), "grids": ", ".join(codes[:5])})
    why = Said("outside") if not codes else Said("one_grid") if len(codes) == 1 else several
    told = {"begins": LADDER[level], "level": level, "why": why.text(), "steps": steps, "among": codes}
    return told, why


def _told_matter(matter: Matter | None, sighting: Sighting) -> dict[str, Any]:
    if matter is None:
        return {"kind": sighting.kind, "code": sighting.matter, "table": None}
    names = ("kind", "code", "name", "category", "table", "origin")
    return {name: getattr(matter, name) for name in names}


def _told(chosen: _Chosen, named: list[DutyVersion]) -> dict[str, Any]:
    if chosen.choice is None:
        return {"lead": None, "why": chosen.why.text() if chosen.why else ""}
    versions = {version.duty.number: version.id for version in named}
    others = {"elsewhere_on": [{"grid": code, "lead": lead or None} for code, lead in chosen.others]}
    return described_choice(chosen.choice, versions) | (others if chosen.others else {})


def _why_nobody(chosen: _Chosen) -> Said | None:
    if chosen.choice is None:
        return chosen.why
    return None if chosen.choice.duty else Said("no_line_holds")


def _codes(said: dict[str, Said | Reasons | None]) -> dict[str, Any]:
    """The reasons of a trace as codes with values, in lists."""
    told = {name: (each,) if isinstance(each, Said) else each for name, each in said.items() if each}
    return {name: [reason.to_dict() for reason in each or ()] for name, each in told.items()}


def _roster(known: _Known, spot: Spot, chosen: _Chosen) -> tuple[dict[str, Any], dict[str, Said | Reasons | None]]:
    """Who answers on the grid, who would stand in, and who answers when nobody there does; and why."""
    sighting, grid = known.sighting, spot.grid
    duty = chosen.choice.duty if chosen.choice else None
    role = role_of(duty.role) if duty and duty.role.strip() else ""
    found, substitute = Answer(None, Said("no_grid")), None
    if grid is not None:
        view = View(sighting.at, known.rules.zone, known.known_at)
        found = answering(known.staff.roster(grid["network"], grid["code"], view), role)
        if found.entry is not None:
            terms = known.staff.held.get((grid["network"], grid["code"]), ())
            substitute = next_in_line(terms, found.entry, known.staff.away, sighting.at, known.known_at)
    entry, told = found.entry, None
    if entry is not None:
        told = {"post": entry.post, "role": entry.role, "person": entry.person, "on_duty": entry.on_duty,
                "stands_in": entry.stands_in, "reason": entry.reason}  # fmt: skip
    made: dict[str, Any] = {"role": role or None, "answers": told, "substitute": substitute, "why": found.why}
    said: dict[str, Said | Reasons | None] = {"roster": found.said, "answers": entry.said if entry else None}
    if not found.on_duty:
        department, why = _last_resort(known.index, spot.area, Said("nobody_on_duty"))
        made["fallback"], said["fallback"] = {"department": department, "why": text_of(why)}, why
    return made, said


def _deadlines(known: _Known, owner: str, limits: tuple[Limit, ...]) -> dict[str, Any]:
    """When each limit of the duty is due in the working time of the owner, counted from the report."""
    calendar = known.index.calendars.of(owner)
    since = known.sighting.since.astimezone(ZoneInfo(calendar.zone))
    return {"from": since.isoformat(), "limits": due_moments(since, limits, calendar)}
