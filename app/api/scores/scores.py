"""/api/v1/scores: what grids, people, departments and areas did in a period, with formula and cases."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Admin, Now, Reader, SessionDep, SettingsDep
from app.api.moments import At, moment
from app.api.runs import accepted
from app.rules.scores.periods import parse_period
from app.services import runs
from app.services.progress import silent
from app.services.scores import rankings, score_checks, score_exports, score_rules, scores
from app.services.scores.rankings import LONGEST, MEASURES, RankingOrder, StreakOrder, TrendOrder
from app.services.scores.score_checks import CheckOptions
from app.services.scores.score_exports import ExportOrder
from app.services.scores.scores import Order
from app.store.scores.scores import ScoreFilter

router = APIRouter(prefix="/api/v1/scores", tags=["scores"])
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
UnitType = Literal["city", "area", "grid", "department", "person"]
Name = Annotated[str, Query(description="2026-10-31, 2026-W44, 2026-10, 2026-Q4 or 2026.")]
Type = Annotated[UnitType, Query(description="city, area, grid, department or person.")]
By = Annotated[str, Query(description=f"One of {', '.join(MEASURES)}.")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ComputeBody(Strict):
    period: str = Field(description="An ended period: 2026-10-31, 2026-W44, 2026-10, 2026-Q4 or 2026.")
    cause: str = Field("", max_length=500, description="Why it is told again; kept with each new revision.")


class RulesBody(Strict):
    valid_from: str = Field(description="Moment from which the rulebook holds.")
    reason: str = Field(max_length=1000, description="Who decided it, and when.")
    rules: dict[str, Any] = Field(description="What differs from the default: basis, limits, weights, deductions …")


@router.get("")
def list_scores(
    session: SessionDep, settings: SettingsDep, caller: Reader,
    period: Name,
    unit_type: Annotated[UnitType | None, Query(description="city, area, grid, department or person.")] = None,
    unit: Annotated[str | None, Query(description="One unit.")] = None,
    revisions: Annotated[bool, Query(description="Those before the latest as well.")] = False,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> dict[str, Any]:  # fmt: skip
    """Scores of a period; those of people for scopes that see people, and for oneself."""
    name = parse_period(period, settings.time_zone).name
    found = scores.page(session, caller, ScoreFilter(name, unit_type, unit, None, revisions))
    return {"total": len(found), "limit": limit, "offset": offset, "scores": found[offset : offset + limit]}


@router.post("", status_code=202)
def compute_scores(
    body: ComputeBody, response: Response, session: SessionDep, settings: SettingsDep, caller: Admin
) -> dict[str, Any]:
    """Compute an ended period, or tell it again: a run. What differs becomes a new revision; nothing is changed."""
    name = parse_period(body.period, settings.time_zone).name
    parameters = {"period": name, "zone": settings.time_zone, "cause": body.cause}
    return accepted(response, session, runs.request(session, caller, "compute_scores", parameters))


@router.get("/preview")
def preview_scores(
    session: SessionDep, settings: SettingsDep, caller: Reader, now: Now, period: Name, unit_type: Type
) -> list[dict[str, Any]]:
    """Scores as they stand now, of a period that may still last; nothing is stored."""
    return scores.preview(session, caller, Order(period, settings.time_zone), now, unit_type)


@router.get("/indicators")
def list_indicators(
    session: SessionDep, settings: SettingsDep, caller: Reader, now: Now, at: At = None
) -> dict[str, Any]:
    """Indicators with formulas, counts with what they mean, and the rulebook that holds at a moment."""
    return score_rules.definitions(session, moment(at, settings) or now, now)


@router.get("/rules")
def list_rules(session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """Every rulebook that was laid down, with its date and reason."""
    return score_rules.rulebooks(session)


@router.put("/rules")
def put_rules(body: RulesBody, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Lay a rulebook down from a moment on; scores that are stored keep theirs."""
    start = moment(body.valid_from, settings) or now
    return score_rules.put(session, caller, body.rules, start, body.reason, now)


@router.get("/rankings")
def get_ranking(
    session: SessionDep, settings: SettingsDep, caller: Reader, period: Name, unit_type: Type, by: By = "total",
    least: Annotated[int, Query(ge=0, description="Cases that a figure must rest on to be ranked.")] = 0,
    level: Annotated[int | None, Query(ge=1, le=20, description="Digits of the codes of areas: 9 for streets.")] = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Places, the best first: equal figures share one (1, 2, 2, 4), without a figure there is none."""
    order = RankingOrder(period, unit_type, settings.time_zone, by, least, level)
    return rankings.ranking(session, caller, order)


@router.get("/streaks")
def get_streaks(
    session: SessionDep, settings: SettingsDep, caller: Reader, period: Name, unit_type: Type,
    line: Annotated[float, Query(allow_inf_nan=False, description="The line that figures are held against.")],
    below: Annotated[bool, Query(description="At or below the line; else at or above it.")] = False,
    by: By = "total",
    unit: Annotated[str | None, Query(description="One unit.")] = None,
    periods: Annotated[int, Query(ge=1, le=LONGEST, description="So many periods, up to this one.")] = 12,
) -> list[dict[str, Any]]:  # fmt: skip
    """For how many periods in a row units have stood at or beyond a line."""
    order = StreakOrder(period, unit_type, settings.time_zone, line, not below, by, unit, periods)
    return rankings.streaks(session, caller, order)


@router.get("/trend")
def get_trend(
    session: SessionDep, settings: SettingsDep, caller: Reader, period: Name, unit_type: Type,
    unit: Annotated[str, Query(description="One unit; empty for the city.")] = "",
    periods: Annotated[int, Query(ge=1, le=LONGEST, description="So many periods, up to this one.")] = 12,
) -> list[dict[str, Any]]:  # fmt: skip
    """Stored figures of one unit, period by period, the earliest first; those that were not told are empty."""
    return rankings.trend(session, caller, TrendOrder(period, unit_type, unit, settings.time_zone, periods))


@router.get("/verify")
def verify_scores(
    session: SessionDep, settings: SettingsDep, caller: Admin,
    recompute: Annotated[bool, Query(description="Tell the scores again from their cases, too.")] = True,
    period: Annotated[str | None, Query(description="Tell again those of one period only.")] = None,
    head: Annotated[int | None, Query(ge=1, description="Number of a row that was noted elsewhere …")] = None,
    hash: Annotated[str, Query(description="… and its hash.")] = "",
) -> dict[str, Any]:  # fmt: skip
    """Whether the chain is whole and the cases still say what is stored."""
    name = None if period is None else parse_period(period, settings.time_zone).name
    return score_checks.verify(session, caller, CheckOptions(recompute, name, head, hash), silent())


@router.get("/export")
def export_scores(
    session: SessionDep, settings: SettingsDep, caller: Reader, period: Name,
    format: Annotated[Literal["xlsx", "csv", "json"], Query(description="xlsx has all sheets.")] = "xlsx",
    cases: Annotated[bool, Query(description="A sheet of the cases behind every count.")] = False,
) -> Response:  # fmt: skip
    """Indicators, bulletin, deduction sheets and rankings of a period as a workbook, or its figures as a table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"scores-{parse_period(period, settings.time_zone).name}.{format}"
        score_exports.export(session, caller, ExportOrder(period, settings.time_zone, cases), path)
        headers = {"Content-Disposition": f'attachment; filename="{path.name}"'}
        return Response(path.read_bytes(), media_type=MEDIA[format], headers=headers)


@router.get("/{number}")
def get_score(number: int, session: SessionDep, caller: Reader) -> dict[str, Any]:
    """One score: every figure with numerator, denominator and formula, and the deduction sheet with cases."""
    return scores.get(session, caller, number)


@router.get("/{number}/cases")
def list_cases(
    number: int, session: SessionDep, caller: Reader,
    figure: Annotated[str, Query(description="Code of an indicator or of a count.")],
) -> dict[str, Any]:  # fmt: skip
    """The cases behind a figure."""
    return scores.cases_of(session, caller, number, figure)
