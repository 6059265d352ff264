"""/api/v1/runs: long jobs, by polling or as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic_core import to_json
from sqlalchemy.orm import Session

from app import db, worker
from app.api.dependencies import Planner, Reader, SessionDep, Transaction, Transactions
from app.api.sentences import documents
from app.api.sentences.routes import SpokenRoute
from app.models.runs import Run
from app.services import runs
from app.store import runs as store

router = APIRouter(prefix="/api/v1/runs", tags=["runs"], route_class=SpokenRoute)
POLL_S = 0.5


def accepted(response: Response, session: Session, run: Run) -> dict[str, Any]:
    """The answer 202 with the run's address; the run is queued once the request's transaction is durable."""
    engine = session.get_bind().engine
    url = engine.url.render_as_string(hide_password=False)
    run_id = run.id
    db.after_commit(session, lambda: worker.enqueue(url, [run_id]))
    response.headers["Location"] = f"/api/v1/runs/{run.id}"
    return runs.describe(run)


@router.get("")
def list_runs(
    session: SessionDep, caller: Reader, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> list[dict[str, Any]]:
    """The newest runs."""
    return [runs.describe(run) for run in store.recent(session, limit)]


@router.get("/{run_id}")
def get_run(run_id: int, session: SessionDep, caller: Reader) -> dict[str, Any]:
    """One run with its progress and outcome."""
    return runs.describe(store.get(session, run_id))


@router.get("/{run_id}/events")
def run_events(
    run_id: int,
    request: Request,
    opened: Transactions,
    caller: Reader,
    language: Annotated[
        Literal["zh", "en"] | None,
        Query(description="In place of Accept-Language, which an EventSource of a browser cannot set."),
    ] = None,
) -> StreamingResponse:
    """Progress as server-sent events (`progress`, then `end` with the whole run)."""
    _read(opened, run_id)
    spoken = language or documents.language_of(request.headers.get("accept-language"))
    headers = {"Cache-Control": "no-store"} | documents.headers_of(spoken)
    told = _events(opened, run_id, request, spoken)
    return StreamingResponse(told, media_type="text/event-stream", headers=headers)


@router.delete("/{run_id}", status_code=202)
def cancel_run(run_id: int, session: SessionDep, caller: Planner) -> dict[str, Any]:
    """Ask a run to stop; what it did so far is undone."""
    return runs.describe(runs.cancel(session, caller, run_id))


async def _events(opened: Transaction, run_id: int, request: Request, language: str) -> AsyncIterator[str]:
    said: tuple[Any, ...] = ()
    while not await request.is_disconnected():
        run = await asyncio.to_thread(_read, opened, run_id)
        if run["status"] in store.ENDED:
            yield _event("end", documents.answer_in(language, run))
            return
        now = (run["status"], run["progress"], run["message"])
        if now != said:
            said = now
            yield _event("progress", documents.answer_in(language, run))
        await asyncio.sleep(POLL_S)


def _read(opened: Transaction, run_id: int) -> dict[str, Any]:
    with opened() as session:
        return runs.describe(store.get(session, run_id))


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {to_json(data).decode()}\n\n"
