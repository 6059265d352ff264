"""/api/v1/route: what an event would get, without storing it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.cases.events import SightingBody
from app.api.dependencies import AnyCaller, Now, ReadingSession, SettingsDep
from app.api.lookup.lookup import LookupDep
from app.api.moments import moment
from app.services.cases import event_traces
from app.services.lookup.lookup import AnswerRules

router = APIRouter(prefix="/api/v1/route", tags=["events"])


@router.post("")
def preview_route(
    body: SightingBody, session: ReadingSession, settings: SettingsDep, caller: AnyCaller, now: Now, lookup: LookupDep,
    as_known_at: Annotated[str | None, Query(description="As it was known at this moment; now without.")] = None,
) -> dict[str, Any]:  # fmt: skip
    """What an event would get: grid, duty, lead, who is on duty and who stands in, ladder, deadlines, and the trace
    with the rules that lost; nothing is stored."""
    rules = AnswerRules(settings.time_zone, settings.nearest_limit_m)
    known = moment(as_known_at, settings)
    return event_traces.preview(session, caller, lookup, body.report(settings), rules, now, known)
