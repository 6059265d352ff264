"""/api/v1/plans/{id}/report: a plan on two or three pages, for those who decide."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from app.api.dependencies import Now, Reader, SessionDep, SettingsDep
from app.services.plans import plan_report
from app.store.plans import plans as store

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])
MEDIA = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}


@router.get("/{plan_id}/report", response_class=Response)
def get_report(
    plan_id: int,
    session: SessionDep,
    settings: SettingsDep,
    caller: Reader,
    now: Now,
    form: Annotated[plan_report.Format, Query(alias="format")] = "html",
    lang: Literal["zh", "en"] = "zh",
    replay: Annotated[int | None, Query(description="Run of a replay to report on as well.")] = None,
) -> Response:
    """A report on a plan with figures, maps, charts, exceptions and sources: HTML with everything inside, or PDF."""
    plan = store.by_id(session, plan_id)
    made = plan_report.make_report(session, plan, form, lang, now.astimezone(ZoneInfo(settings.time_zone)), replay)
    headers = {"Content-Disposition": f'inline; filename="plan_{plan.id}_{lang}.{form}"'}
    return Response(made, media_type=MEDIA[form], headers=headers)
