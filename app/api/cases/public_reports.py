"""/api/v1/public: who owns a place; a report, followed by its code. Without a key, where there is a public page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Query, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Now, SessionDep, SettingsDep
from app.api.lookup.lookup import LookupDep
from app.api.public import PREFIX, Everybody, FollowCode, OnceKey, counted
from app.rules.cases.public_reports import STARS
from app.services.cases import public_places, public_reports
from app.services.cases.events import Report
from app.services.lookup.lookup import AnswerRules
from app.settings import Settings

router = APIRouter(prefix=PREFIX, tags=["public"])
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReportBody(Strict):
    lon: Lon
    lat: Lat
    accuracy_m: float | None = Field(None, ge=0, le=5000, allow_inf_nan=False)
    kind: str = Field("matter", description="matter or component.")
    matter: str = Field("", max_length=20, description="Code of a suggested matter; without one the text may tell it.")
    text: str = Field("", max_length=public_reports.LONGEST_TEXT)
    address: str = Field("", max_length=300)
    name: str | None = Field(None, max_length=100, description="Only if somebody is to call back; offices see it.")
    phone: str | None = Field(None, max_length=50)

    def report(self) -> Report:
        told = self.model_dump(exclude={"name", "phone"})
        return Report(**told, reporter_name=self.name or None, reporter_phone=self.phone or None)


class WordsBody(Strict):
    text: str = Field(max_length=public_reports.LONGEST_TEXT)


class EvaluationBody(Strict):
    stars: int = Field(ge=1, le=STARS)
    text: str = Field("", max_length=public_reports.LONGEST_TEXT)


@router.get("/place", dependencies=[counted("look")])
def get_place(
    lon: Annotated[float, Query(ge=-180, le=180)], lat: Annotated[float, Query(ge=-90, le=90)],
    session: SessionDep, settings: SettingsDep, caller: Everybody, now: Now, lookup: LookupDep,
    accuracy_m: Annotated[float | None, Query(ge=0, le=5000)] = None,
    text: Annotated[str, Query(max_length=500, description="What it is about, in words.")] = "",
) -> dict[str, Any]:  # fmt: skip
    """Who owns a place (WGS 84): its grids, the department that answers, how the office is reached."""
    asked = Report(lon=lon, lat=lat, accuracy_m=accuracy_m, text=text)
    return public_places.place(session, caller, lookup, asked, _rules(settings), now)


@router.get("/matters", dependencies=[counted("look")])
def get_matters(
    session: SessionDep, caller: Everybody, now: Now, lookup: LookupDep,
    text: Annotated[str, Query(min_length=1, max_length=500, description="What somebody says, in words.")],
    limit: Annotated[int, Query(ge=1, le=10)] = 5,
) -> dict[str, Any]:  # fmt: skip
    """Matters that a text may mean, the likest first."""
    return public_places.suggestions(session, lookup, text, now, limit)


@router.post("/reports", status_code=201, dependencies=[counted("report")])
def post_report(
    body: ReportBody, response: Response, session: SessionDep, settings: SettingsDep, caller: Everybody, now: Now,
    lookup: LookupDep, key: OnceKey,
) -> dict[str, Any]:  # fmt: skip
    """Report something: 201 with the code to follow it by, which is not kept; 200 with one more code for one known."""
    made, is_new = public_reports.take(session, caller, lookup, body.report(), _rules(settings), now, key)
    response.status_code = 201 if is_new else 200
    return made


@router.get("/case", dependencies=[counted("follow")])
def get_case(session: SessionDep, caller: Everybody, now: Now, code: FollowCode) -> dict[str, Any]:
    """A report by its code: the step in plain words, department, deadlines, what happened, closing words."""
    return public_reports.follow(session, code, now)


@router.post("/case/photos", status_code=201, dependencies=[counted("photo")])
def post_photo(
    session: SessionDep, settings: SettingsDep, caller: Everybody, now: Now, code: FollowCode,
    file: Annotated[UploadFile, File(description="JPEG, PNG or WebP; kept without place, device and other metadata.")],
) -> dict[str, Any]:  # fmt: skip
    """Add a photograph to an open report."""
    return public_reports.add_photo(session, caller, code, file.file, settings.var_dir, now)


@router.post("/case/words", dependencies=[counted("words")])
def post_words(body: WordsBody, session: SessionDep, caller: Everybody, now: Now, code: FollowCode) -> dict[str, Any]:
    """Say something more about a report."""
    return public_reports.add_words(session, caller, code, body.text, now)


@router.post("/case/evaluation", dependencies=[counted("words")])
def post_evaluation(
    body: EvaluationBody, session: SessionDep, caller: Everybody, now: Now, code: FollowCode
) -> dict[str, Any]:
    """Evaluate a report that is done, once (综合评价)."""
    return public_reports.evaluate(session, caller, code, body.stars, body.text, now)


def _rules(settings: Settings) -> AnswerRules:
    return AnswerRules(settings.time_zone, settings.nearest_limit_m)
