"""Trails of many cases at once: what scores are told from, read in one query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import Session

from app.models.cases import Case, CaseStep
from app.models.events import Event

CHUNK = 20_000
DETAILED = ("collect", "meet", "move", "adjust")
"""Steps whose detail says something that scores count; reading all takes as long as everything else."""
LOOK_BACK = timedelta(days=90)
"""A closing deadline lies at most 30 days of a stage limit, and holidays, after that of the case."""


_DETAIL = case((CaseStep.action.in_(DETAILED), CaseStep.detail)).label("detail")


@dataclass(frozen=True)
class TrailFilter:
    """Cases that may count in [start, end); `events`: only these. `actions`: steps that are read; `open_stages`:
    those of cases that are not over."""

    start: datetime
    end: datetime
    actions: frozenset[str]
    open_stages: frozenset[str]
    events: Sequence[int] | None = None


def cases(session: Session, wanted: TrailFilter) -> dict[int, Any]:
    """Number of the case → its `area, limit_amount, limit_unit, limits`."""
    columns = (Case.event_id, Case.area, Case.limit_amount, Case.limit_unit, Case.limits)
    return {row.event_id: row for row in session.execute(_relevant(select(*columns), wanted))}


def trails(session: Session, wanted: TrailFilter) -> Iterator[tuple[int, list[Any]]]:
    """Number of the case and its steps (`action, at, actor, receiver, until, score, detail`), in order."""
    steps = select(
        CaseStep.event_id, CaseStep.action, CaseStep.at, CaseStep.actor, CaseStep.receiver, CaseStep.until,
        CaseStep.score, _DETAIL,
    )  # fmt: skip
    of_period = _relevant(select(Case.event_id), wanted)
    steps = steps.where(CaseStep.event_id.in_(of_period), CaseStep.action.in_(sorted(wanted.actions)))
    ordered = steps.order_by(CaseStep.event_id, CaseStep.number).execution_options(yield_per=CHUNK)
    for event, rows in groupby(session.execute(ordered), key=lambda row: row[0]):
        yield event, list(rows)


def _relevant(statement: Select[Any], wanted: TrailFilter) -> Select[Any]:
    """Reported before the end, and something of it at the start or later: a step, a deadline, or not yet over."""
    if wanted.events is not None:
        return statement.where(Case.event_id.in_(wanted.events))
    since = wanted.start - LOOK_BACK
    moved = select(CaseStep.event_id).where(
        or_(CaseStep.at >= since, (CaseStep.action == "adjust") & (CaseStep.until >= since))
    )
    reported = select(Event.id).where(Event.reported_at < wanted.end)
    open_still = Case.stage.in_(sorted(wanted.open_stages))
    return statement.where(Case.event_id.in_(reported), or_(open_still, Case.due_at >= since, Case.event_id.in_(moved)))
