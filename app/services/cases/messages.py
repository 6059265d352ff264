"""Telling subscribers: what happened goes to the outbox in the transaction in which it happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.models.cases import Case
from app.models.events import Event
from app.rules.cases.messages import OF_ACTION, step_uid
from app.store.cases import messages as store

Row = Mapping[str, Any]


def tell(
    session: Session, type_: str, uid: str, subject: str, at: datetime, data: Mapping[str, Any],
    departments: Iterable[str] = (),
) -> None:  # fmt: skip
    """One message. `data` is JSON-ready and names no person."""
    store.add(session, [_row(type_, uid, subject, at, data, departments)])


def tell_steps(session: Session, told: Sequence[tuple[Event, Case, Sequence[Row]]]) -> None:
    """The messages of new steps (rows of `case_steps`) of cases, which are as the steps have left them. Whoever stores
    steps calls this in the same transaction."""
    store.add(session, [_of_step(event, case, row) for event, case, rows in told for row in rows if _is_told(row)])


def _is_told(row: Row) -> bool:
    return row["action"] in OF_ACTION


def _of_step(event: Event, case: Case, row: Row) -> dict[str, Any]:
    detail = row["detail"]
    data = {
        "event": case.event_id, "step": row["number"], "action": row["action"], "status": case.stage,
        "kind": event.kind, "matter": event.matter, "source": event.source, "external_id": event.external_id,
        "owner": case.owner, "holder": case.holder, "receiver": row["receiver"], "grid": case.grid, "area": case.area,
        "routing": case.routing, "due_at": case.due_at, "level": case.level, "until": row["until"],
        "condition": detail.get("condition"), "post": detail.get("post"),
    }  # fmt: skip
    concerned = (case.owner, case.holder, row["receiver"], detail.get("from_owner") or "")
    uid = step_uid(case.event_id, row["number"])
    return _row(OF_ACTION[row["action"]], uid, f"events/{case.event_id}", row["at"], data, concerned)


def _row(
    type_: str, uid: str, subject: str, at: datetime, data: Mapping[str, Any], departments: Iterable[str]
) -> dict[str, Any]:
    concerned = sorted({name for name in departments if name})
    return {"uid": uid, "type": type_, "subject": subject, "at": at, "data": dict(data), "departments": concerned}
