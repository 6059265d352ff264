"""/api/v1/objects: regulated objects (三色预警), their levels with history, and the rules that move them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import geopandas as gpd
import pandas as pd
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Admin, Now, Reader, SessionDep, require
from app.api.frames import feature_collection
from app.rules.accounts.access import Caller
from app.rules.cases.objects import Rule
from app.services.cases import objects

router = APIRouter(prefix="/api/v1", tags=["objects"])
Worker = Annotated[Caller, require("events")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ObjectBody(Strict):
    key: str = Field(max_length=300, examples=["business:91440101MA5", "address:进港大道 8 号", "component:lids/D-7"])
    name: str = Field("", max_length=200)
    owner: str = Field("", max_length=200, description="Whose it is: events about it go there. For administrators.")


class NamedBody(Strict):
    key: str = Field(max_length=300)


class RuleBody(Strict):
    direction: Literal["up", "down"]
    counts: Literal["cases", "overdue", "reworks", "quiet"]
    number: int = Field(0, ge=0, description="So many of them lift the level; of no meaning for quiet.")
    days: int = Field(gt=0, description="… within so many days; or days of quiet that let it down.")
    matter: str = Field("", max_length=20, description="Leading digits of the matters that it counts; all when empty.")


@router.get("/objects")
def list_objects(
    session: SessionDep,
    caller: Reader,
    level: Annotated[Literal["green", "yellow", "red"] | None, Query(description="放心, 一般重点, 重点.")] = None,
    kind: Annotated[
        Literal["component", "business", "address", "external"] | None, Query(description="Of one.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[int, Query(description="`next` of the page before.")] = 0,
) -> dict[str, Any]:
    """Objects under watch with their levels."""
    found = objects.page(session, caller, level, kind, limit=limit, after=after)
    return {"objects": found, "next": found[-1]["id"] if len(found) == limit else None}


@router.get("/objects.geojson")
def map_objects(session: SessionDep, caller: Worker) -> Response:
    """Objects that events name, each where that was last, with its level and the number of events, as GeoJSON."""
    found = pd.DataFrame(objects.on_map(session, caller), columns=[*objects.PLACED])
    points = gpd.points_from_xy(found.pop("lon").astype(float), found.pop("lat").astype(float))
    return feature_collection(gpd.GeoDataFrame(found, geometry=points, crs=4326))


@router.put("/objects")
def put_object(body: ObjectBody, session: SessionDep, caller: Worker) -> dict[str, Any]:
    """Put an object under watch, rename it, or say whose it is."""
    return objects.put(session, caller, body.key, body.name, body.owner)


@router.get("/objects/rules")
def list_rules(session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """The rules that move levels."""
    return objects.rules(session)


@router.put("/objects/rules/{code}")
def put_rule(code: str, body: RuleBody, session: SessionDep, caller: Admin, now: Now) -> list[dict[str, Any]]:
    """Put a rule, which speaks from now on, in place of the one with this code."""
    rule = Rule(code, body.direction, body.counts, body.number, body.days, body.matter)
    return objects.put_rule(session, caller, rule, now)


@router.delete("/objects/rules/{code}", status_code=204)
def end_rule(code: str, session: SessionDep, caller: Admin, now: Now) -> None:
    """End a rule; what it said stays said."""
    objects.end_rule(session, caller, code, now)


@router.get("/objects/{object_id}")
def get_object(object_id: int, session: SessionDep, caller: Reader) -> dict[str, Any]:
    """One object with its events and the history of its level: when, by which rule, which cases."""
    return objects.get(session, caller, object_id)


@router.delete("/objects/{object_id}/owner", status_code=204)
def withdraw_owner(object_id: int, session: SessionDep, caller: Admin) -> None:
    """Say that an object has no owner any more: events about it go by area from then on."""
    objects.withdraw_owner(session, caller, object_id)


@router.post("/events/{event_id}/objects")
def name_object(event_id: int, body: NamedBody, session: SessionDep, caller: Worker) -> dict[str, Any]:
    """Say that an event is about an object, which is put under watch if it was not."""
    return objects.name_by(session, caller, event_id, body.key)
