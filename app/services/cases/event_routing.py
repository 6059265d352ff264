"""Whose an event is: its grid, the duty that leads on its matter, else the owner of last resort (属地兜底) — never
nobody. The trace names posts, not people, so that it can be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.errors import NotFound
from app.rules.cases.clocks import LADDER, step_of_ladder
from app.rules.duties.duties import Place
from app.rules.duties.time_limits import Limit
from app.services.duties import duties
from app.services.lookup.lookup import AnswerRules, PointQuery, lookup_point
from app.services.lookup.lookup_index import UNIFIED, Lookup
from app.store.cases import events as store

ROUTED, UNOWNED, UNROUTED = "routed", "unowned", "unrouted"
LAST_RESORT = "属地兜底"


@dataclass(frozen=True)
class Routing:
    """`kind`: routed; unowned, a grid but no lead; unrouted, no grid. `owner` is a department. `trace`: JSON-ready."""

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

    @property
    def limit(self) -> Limit | None:
        """The limit of the matter itself, else the first of its conditions."""
        plain = next((limit for limit in self.limits if not limit.condition), None)
        return plain or next(iter(self.limits), None)

    @property
    def ladder(self) -> list[str]:
        """Areas that answer at each level of the ladder, '' where no code says which."""
        return [step_of_ladder(self.area, level) for level in range(len(LADDER))]


def route_event(
    session: Session, lookup: Lookup, query: PointQuery, matter: tuple[str, str], rules: AnswerRules
) -> Routing:
    """`matter` is kind and code, '' for not known. `query.at` is the moment of the event. InputError for coordinates
    that are no place."""
    assert query.at is not None
    answer = lookup_point(lookup, query, rules)
    found = _grid(answer["grids"])
    point = answer["point"]
    area = (found or {}).get("area") or store.area_of(session, point["lon"], point["lat"])
    place = Place(
        area or "", (found or {}).get("kind") or "", {grid["network"]: grid["code"] for grid in answer["grids"]}
    )
    lead, limits, told = _duty(session, matter, place, query, rules.zone, (point["lon"], point["lat"]))
    kind = UNROUTED if found is None else ROUTED if lead else UNOWNED
    owner, why = (lead, "the duty leads") if kind == ROUTED else _last_resort(session, area or "", kind)
    trace = {
        "point": point, "at": answer["at"], "grids": [_kept(grid) for grid in answer["grids"]],
        "nearest": answer["nearest"], "warnings": answer["warnings"], "area": area or "", "duty": told,
        "owner": {"department": owner, "why": why},
    }  # fmt: skip
    return Routing(
        kind, owner, (found or {}).get("code") or "", (found or {}).get("edition"), area or "", limits,
        bool((found or {}).get("ambiguous")), point["lon"], point["lat"], point["uncertainty_m"], trace,
    )  # fmt: skip


def _grid(grids: list[dict[str, Any]]) -> dict[str, Any] | None:
    """That of the unified network; where there is none yet, that of the first network."""
    return next((grid for grid in grids if grid["network"] == UNIFIED), next(iter(grids), None))


def _duty(
    session: Session, matter: tuple[str, str], place: Place, query: PointQuery, zone: str, point: tuple[float, float]
) -> tuple[str, tuple[Limit, ...], dict[str, Any]]:
    """Lead, time limits and the trace of the choice; no lead where the matter is not known or nobody's."""
    assert query.at is not None
    if not matter[1]:
        return "", (), {"lead": None, "why": "no matter was given"}
    try:
        known = duties.find_matter(session, *matter, query.at)
    except NotFound as error:
        return "", (), {"lead": None, "why": error.detail}
    choice = duties.choose_at(session, known, place, query.at, zone, point=point)
    return choice.lead, choice.duty.limits if choice.duty else (), choice.to_dict()


def _last_resort(session: Session, area: str, kind: str) -> tuple[str, str]:
    said = "no grid holds the point" if kind == UNROUTED else "no duty leads on the matter here"
    found = store.last_resort(session, area)
    if found is None:
        return f"{LAST_RESORT} {area}".strip(), f"{said}; no owner of last resort is named for the area"
    return found.department, f"{said}; owner of last resort of {found.area or 'everywhere'}"


def _kept(grid: dict[str, Any]) -> dict[str, Any]:
    """A grid of the answer with its roster, without who the people are."""
    staff = [{name: entry.get(name) for name in ("role", "post", "on_duty", "reason")} for entry in grid["staff"]]
    return {**grid, "staff": staff}
