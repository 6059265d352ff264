"""Scores: told from cases, stored as links of one chain, never changed. What changes is a case; then the period is
told again and what differs becomes a new revision with its cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Forbidden, InputError, NotFound
from app.models.scores import Score
from app.rules.accounts.access import SCOPES, Caller
from app.rules.accounts.personal_data import sees_people
from app.rules.scores.chain import GENESIS
from app.rules.scores.counts import COUNTS, is_in
from app.rules.scores.indicators import NAMES, SHARES, formula
from app.rules.scores.periods import KINDS, Period, before, parse_period, period_of, up_to
from app.rules.scores.rulebook import DEFAULT
from app.rules.scores.scoring import PERSON, Unit
from app.services.accounts import audit
from app.services.progress import Progress
from app.services.scores import telling
from app.services.scores.score_chain import ENDED, Link
from app.services.scores.score_rules import as_rulebook, rules_for
from app.store.scores import scores as store
from app.store.scores.scores import ScoreFilter

ACTION, SUBJECT = "compute scores", "scores"
WORKER = Caller("system:scores", frozenset(SCOPES), origin="worker")
SETTLING = timedelta(minutes=10)
"""So long after the end of a period its scores are told: a step that was taken just before may be stored just after."""
MISSED = {"day": 7, "week": 4, "month": 3, "quarter": 2, "year": 1}
"""How many ended periods of a kind are made up for, when no worker ran at their end."""


@dataclass(frozen=True)
class Order:
    """What is to be computed: `cause` says why it is told again."""

    period: str
    zone: str
    cause: str = ""


def compute(session: Session, caller: Caller, order: Order, now: datetime) -> dict[str, Any]:
    """Tell an ended period's scores and add what is new: first revisions, and those that differ from the last ones.

    Raises InputError while the period lasts, UnknownYear where a deadline lies in a year that nobody knows.
    """
    caller.require("admin")
    period = parse_period(order.period, order.zone)
    if now < period.end:
        raise InputError(f"{period.name} lasts until {period.end.isoformat()}: preview it instead")
    store.lock_chain(session)
    rules = rules_for(session, period.start, now)
    made = telling.tell(session, period, as_rulebook(rules), now)
    added = Link(caller.name, period, rules, order.cause, now).append(session, made)
    touched = {(row["unit_type"], row["unit"]) for row in added}
    head, digest = store.head(session) or (0, GENESIS)
    told = {
        "period": period.name,
        "units": len(made),
        "added": len(added),
        "revised": sum(row["revision"] > 1 for row in added),
        "unchanged": len(made.keys() - touched),
        "head": head,
        "hash": digest,
    }
    if added:
        audit.record(session, caller, ACTION, f"{SUBJECT}/{period.name}", after={**told, "cause": order.cause or ENDED})
    return told


def preview(session: Session, caller: Caller, order: Order, now: datetime, unit_type: str) -> list[dict[str, Any]]:
    """Scores of a type of unit as they stand now, for a period that may still last; nothing is stored."""
    check_type(caller, unit_type)
    period = parse_period(order.period, order.zone)
    rules = store.rules_at(session, period.start, now)
    made = telling.tell(session, period, DEFAULT if rules is None else as_rulebook(rules), now)
    return [_told(unit, period, score.body()) for unit, score in made.items() if unit[0] == unit_type]


def due(session: Session, now: datetime, zone: str) -> list[str]:
    """Ended periods without scores, the latest of each kind, the short ones first."""
    known = set(store.periods_with(session))
    found = []
    for kind in KINDS:
        last = before(period_of(kind, now - SETTLING, zone), zone)
        found += [period.name for period in up_to(last, MISSED[kind], zone) if period.name not in known]
    return found


def compute_step(session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """A run: `period`, `zone` and `cause`."""
    progress(0.1, f"telling {parameters['period']}")
    order = Order(parameters["period"], parameters["zone"], parameters.get("cause", ""))
    return compute(session, caller, order, datetime.now(UTC))


def page(session: Session, caller: Caller, wanted: ScoreFilter) -> list[dict[str, Any]]:
    """Stored scores without their cases; those of people only for whoever may see people, and for oneself."""
    if wanted.period is None and wanted.unit is None:
        raise InputError("name a period, or a unit with its type")
    if wanted.unit_type is not None:
        check_unit(caller, wanted.unit_type, wanted.unit)
    besides = "" if sees_people(caller.scopes) or wanted.unit_type == PERSON else PERSON
    return [describe(row) for row in store.page(session, wanted, besides=besides)]


def get(session: Session, caller: Caller, number: int) -> dict[str, Any]:
    """One score with its deductions, and how each figure is made. Raises NotFound, Forbidden."""
    row = visible(session, caller, number)
    book = as_rulebook(store.get_rules(session, row.rules_id))
    figures = {code: {"name": NAMES.get(code, code), "formula": formula(code, book), **figure}
               for code, figure in row.figures.items() if code in NAMES}  # fmt: skip
    return {**describe(row), "figures": figures, "counts": row.counts, "deductions": row.deductions}


def cases_of(session: Session, caller: Caller, number: int, figure: str) -> dict[str, Any]:
    """The cases behind a figure: of an indicator its numerator's and denominator's, of a count its own."""
    row = visible(session, caller, number)
    share = SHARES.get(figure)  # before the counts: 超期未处置 is the name of both, and has the same cases in both
    if share is not None:
        numerator, denominator = _in(row, share.over), _in(row, (share.under,))
        return {"score": number, "indicator": figure, "numerator": numerator, "denominator": denominator}
    if figure not in COUNTS:
        raise NotFound(f"no share or count {figure!r}: {', '.join((*SHARES, *COUNTS))}")
    return {"score": number, "count": figure, "cases": _in(row, (figure,))}


def visible(session: Session, caller: Caller, number: int) -> Score:
    """A score that the caller may see. Raises NotFound, Forbidden."""
    row = store.get(session, number)
    check_unit(caller, row.unit_type, row.unit)
    return row


def check_type(caller: Caller, unit_type: str) -> None:
    """Raises Forbidden for the figures of people, unless the caller may see people."""
    check_unit(caller, unit_type, None)


def check_unit(caller: Caller, unit_type: str, unit: str | None) -> None:
    if unit_type == PERSON and unit != caller.name and not sees_people(caller.scopes):
        raise Forbidden("scores of people are for those who may see people (scope 'events' or 'admin'), and one's own")


def describe(row: Score) -> dict[str, Any]:
    """A score as lists show it."""
    return {
        "number": row.number,
        "unit_type": row.unit_type,
        "unit": row.unit,
        "kind": row.kind,
        "period": row.period,
        "starts": row.starts,
        "ends": row.ends,
        "revision": row.revision,
        "cause": row.cause,
        "known_at": row.known_at,
        "rules": row.rules_id,
        "total": row.total,
        "grade": row.grade or None,
        "figures": {code: figure["value"] for code, figure in row.figures.items()},
        "hash": row.hash,
    }


def _in(row: Score, counts: Sequence[str]) -> list[int]:
    return [
        event for event, mark in zip(row.cases, row.marks, strict=True) if any(is_in(mark, count) for count in counts)
    ]


def _told(unit: Unit, period: Period, body: Mapping[str, Any]) -> dict[str, Any]:
    values = {code: figure["value"] for code, figure in body["figures"].items()}
    return {
        "unit_type": unit[0], "unit": unit[1], "period": period.name, "total": body["total"],
        "grade": body["grade"] or None, "figures": values, "deductions": len(body["deductions"]),
        "cases": len(body["cases"]),
    }  # fmt: skip
