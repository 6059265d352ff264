"""/api/v1/editions: publish, retire, roll back; the problems found at import."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app.api.dependencies import Planner, Reader, ReadingSession, SessionDep, SettingsDep
from app.api.frames import GEOJSON
from app.api.sentences.routes import SpokenRoute
from app.rules.time.moments import parse_moment
from app.services.networks import editions
from app.store.networks import editions as store

router = APIRouter(prefix="/api/v1/editions", tags=["editions"], route_class=SpokenRoute)


class From(BaseModel):
    valid_from: str = Field(description="Moment from which the edition holds.", examples=["2026-12-01"])


class Until(BaseModel):
    at: str = Field(description="Moment at which the edition ends.", examples=["2026-12-31"])


@router.get("/{edition_id}")
def get_edition(edition_id: int, session: ReadingSession, caller: Reader) -> dict[str, Any]:
    """One edition with its provenance and what was found and changed at import."""
    edition = store.get(session, edition_id)
    report = {name: part for name, part in edition.report.items() if name != "problems"}
    return editions.describe(session, edition) | {"report": report}


@router.get("/{edition_id}/problems.geojson")
def get_problems(edition_id: int, session: ReadingSession, caller: Reader) -> Response:
    """Problems left in the edition, each at its place."""
    empty = {"type": "FeatureCollection", "features": []}
    problems = store.get(session, edition_id).report.get("problems", empty)
    return Response(json.dumps(problems, ensure_ascii=False), media_type=GEOJSON)


@router.post("/{edition_id}/publish")
def publish(edition_id: int, body: From, session: SessionDep, settings: SettingsDep, caller: Planner) -> dict[str, Any]:
    """Let a draft hold from a moment on; whatever held then ends there."""
    edition = store.get(session, edition_id)
    editions.publish(session, caller, edition, parse_moment(body.valid_from, settings.time_zone), datetime.now(UTC))
    return editions.describe(session, edition)


@router.post("/{edition_id}/retire")
def retire(edition_id: int, body: Until, session: SessionDep, settings: SettingsDep, caller: Planner) -> dict[str, Any]:
    """End an edition without a successor."""
    edition = store.get(session, edition_id)
    editions.retire(session, caller, edition, parse_moment(body.at, settings.time_zone), datetime.now(UTC))
    return editions.describe(session, edition)


@router.post("/{edition_id}/roll-back")
def roll_back(edition_id: int, session: SessionDep, caller: Planner) -> dict[str, Any]:
    """Undo the newest publish of a network; its predecessor holds on."""
    edition = store.get(session, edition_id)
    editions.roll_back(session, caller, edition, datetime.now(UTC))
    return editions.describe(session, edition)
