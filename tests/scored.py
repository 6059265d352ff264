"""Cases with trails of any kind, stored as they are, for tests of what is told from many of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, insert
from sqlalchemy.orm import Session

from app.models.cases import Case, CaseStep
from app.models.events import Event
from app.rules.cases.cases import replay
from app.rules.cases.trail import Step
from app.rules.duties.time_limits import Limit

FOUR_HOURS = Limit(4, "working_hours")


def store_trail(
    session: Session, trail: Sequence[Step], limits: Sequence[Limit] = (FOUR_HOURS,), area: str = "440115001001"
) -> int:
    """Number of an event whose case has these steps."""
    first = trail[0]
    event = Event(
        source="test", sent_by=first.actor, request_hash="", at=first.at, reported_at=first.at, given={},
        uncertainty_m=0.0, geom=func.ST_SetSRID(func.ST_MakePoint(113.0, 22.0), 4326),
    )  # fmt: skip
    session.add(event)
    session.flush()
    state = replay(trail)
    session.add(
        Case(
            event_id=event.id, stage=state.stage, routing="routed", owner=state.owner, holder=state.holder,
            grid=state.grid, area=area, route={}, limits=[asdict(limit) for limit in limits], steps=len(trail),
        )
    )  # fmt: skip
    session.flush()
    session.execute(insert(CaseStep), [_row(event.id, number, step) for number, step in enumerate(trail, 1)])
    return event.id


def _row(event: int, number: int, step: Step) -> dict[str, Any]:
    names = ("action", "at", "actor", "receiver", "reason", "until", "score")
    values = {name: getattr(step, name) for name in names}
    return {"event_id": event, "number": number, **values, "detail": dict(step.detail), "attachments": []}
