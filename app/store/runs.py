from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.runs import Run

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = "queued", "running", "succeeded", "failed", "cancelled"
ENDED = frozenset({SUCCEEDED, FAILED, CANCELLED})
LOCK_SPACE = 0x4F47 << 32  # "OG": keeps the runs' advisory locks apart from others in the same database

_ABANDONED = text("""
    SELECT id FROM runs
    WHERE status IN ('queued', 'running') AND NOT EXISTS (
        SELECT 1 FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 1
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND (classid::bigint << 32) + objid::bigint = :space + runs.id)
    ORDER BY id
""")


def add(session: Session, *, kind: str, parameters: dict[str, Any], requested_by: str, scopes: list[str]) -> Run:
    run = Run(kind=kind, parameters=parameters, requested_by=requested_by, scopes=scopes, status=QUEUED)
    session.add(run)
    session.flush()
    return run


def get(session: Session, run_id: int) -> Run:
    run = session.get(Run, run_id)
    if run is None:
        raise NotFound(f"no run {run_id}")
    return run


def recent(session: Session, limit: int = 50) -> list[Run]:
    return list(session.scalars(select(Run).order_by(Run.id.desc()).limit(limit)))


def abandoned(session: Session) -> list[int]:
    """Runs that are not ended and that nobody is executing: not yet begun, or their worker died."""
    return list(session.scalars(_ABANDONED, {"space": LOCK_SPACE}))


def begin(session: Session, run: Run, now: datetime) -> None:
    run.status = RUNNING
    run.started_at = now
    run.attempts += 1
    session.flush()


def end(
    session: Session,
    run: Run,
    status: str,
    now: datetime,
    *,
    outcome: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    run.status = status
    run.finished_at = now
    run.outcome = outcome or {}
    run.error = error
    if status == SUCCEEDED:
        run.progress = 1.0
    session.flush()


def note_progress(session: Session, run_id: int, progress: float, message: str) -> bool:
    """Store how far the run is; returns whether a person asked to cancel it."""
    statement = update(Run).where(Run.id == run_id).values(progress=progress, message=message)
    return bool(session.scalar(statement.returning(Run.cancel_requested)))


def ask_cancel(session: Session, run: Run) -> None:
    run.cancel_requested = True
    session.flush()


def count_by_status(session: Session) -> dict[str, int]:
    """How many runs there are in each status, the statuses without any too."""
    found = session.execute(select(Run.status, func.count()).group_by(Run.status))
    counted: dict[str, int] = dict(found.all())
    return {status: counted.get(status, 0) for status in (QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED)}
