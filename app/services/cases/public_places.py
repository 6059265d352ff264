"""Who owns a place, for everybody: grids, the department that answers, how the office is reached. No person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.rules.accounts.access import Caller
from app.rules.duties.matter_text import is_clear
from app.services.cases import event_traces
from app.services.cases.event_routing import LAST_RESORT
from app.services.cases.events import Report
from app.services.duties import matter_words
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.store.networks import networks as networks_store
from app.store.staff import departments as departments_store

GRID = ("network", "code", "name", "kind", "area", "ambiguous")
MATTER = ("kind", "code", "name", "category")


def place(
    session: Session, caller: Caller, lookup: Lookup, report: Report, rules: AnswerRules, now: datetime
) -> dict[str, Any]:
    """Who would answer for a report: of its matter, or for the place where it names none. InputError for coordinates
    that are no place."""
    reader = replace(caller, scopes=frozenset({"lookup"}))
    found = event_traces.preview(session, reader, lookup, report, rules, now)
    networks = {network.code: network for network in networks_store.every(session)}
    near = found["trace"]["nearest"]
    return {
        "lon": found["trace"]["point"]["lon"],
        "lat": found["trace"]["point"]["lat"],
        "grids": [
            {**{name: grid[name] for name in GRID}, "network_name": networks[grid["network"]].name,
             "department": networks[grid["network"]].department}
            for grid in found["trace"]["grids"]
        ],
        "nearest": near and {"code": near["code"], "distance_m": near["distance_m"]},
        "warnings": found["trace"]["warnings"],
        "answers": answering(session, found["owner"]),
        "by_duty": found["routing"] == "routed",
    }  # fmt: skip


def is_near(told: dict[str, Any]) -> bool:
    """Whether a place lies on the ground, or so near that a position may be off by that."""
    return bool(told["grids"]) or told["nearest"] is not None


def answering(session: Session, owner: str) -> dict[str, Any]:
    """A department as everybody may know it; its name is None where nobody is named for the area."""
    if not owner or owner.startswith(LAST_RESORT):
        return {"department": None, "contact": None}
    known = departments_store.called(session, owner)
    return {"department": owner, "contact": (known[0].contact or None) if known else None}


def suggestions(session: Session, lookup: Lookup, text: str, now: datetime, limit: int) -> dict[str, Any]:
    """Matters that words may mean, the likest first; `clear` when the first stands out."""
    found = lookup.routing.current(session).suggest(text, now, limit)
    told = [matter_words.describe(each) for each in found]
    return {"clear": is_clear(found), "matters": [{name: each[name] for name in MATTER} for each in told]}
