"""A town of two grids with duties, posts and owners of last resort, for tests of routing."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from published import publish
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.models.matters import CodeTable
from app.models.matters import Matter as MatterRow
from app.models.people import Person
from app.models.posts import Post, Term
from app.rules.accounts.access import SCOPES, Caller
from app.services.cases import events
from app.services.cases.events import Report
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.store.duties import duties as duties_store
from app.store.networks import networks

RULES = AnswerRules("Asia/Shanghai", 2000.0)
FRIDAY = datetime(2026, 11, 20, 3, tzinfo=UTC)  # 11:00 in Shanghai
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ALL = Caller("cli:test", frozenset(SCOPES))
MASKED = Caller("key:x", frozenset({"lookup"}))
AREAS = ["440115001001", "440115001002"]
MIDDLE = 113.01
INSIDE = Report(lon=113.004, lat=22.005, at=FRIDAY, matter="06010", source="12345")
EVER = Range(LONG_AGO, None, bounds="[)")


def grids(middle: float) -> Any:
    return np.array([shapely.box(113, 22, middle, 22.01), shapely.box(middle, 22, 113.02, 22.01)], dtype=object)


def duty(number: str, code: str, lead: str, **more: Any) -> dict[str, Any]:
    limits = [{"amount": 4, "unit": "working_hours", "condition": ""}]
    return {
        "number": number, "list_name": "x", "kind": "matter", "table_code": "city", "code": code, "scope": "everywhere",
        "lead": lead, "limits": limits, "created_by": "test", "valid": EVER, "recorded": EVER, **more,
    }  # fmt: skip


def hold(session: Session, name: str, role: str, grid: str, **more: Any) -> int:
    """A person with a post on a grid of the unified network; the person's number."""
    person = Person(name=name, code=name, phone="13800001111")
    session.add(person)
    session.flush()
    network = networks.find(session, "unified")
    assert network is not None
    post = Post(person_id=person.id, role=role, network_id=network.id, grid=grid, created_by="test")
    session.add(post)
    session.flush()
    session.add(
        Term(post_id=post.id, load=1.0, **{"shift": "", "substitutes": [], "valid": EVER, "recorded": EVER} | more)
    )
    session.flush()
    return int(person.id)


def build(session: Session) -> Any:
    """Two grids, a duty that sanitation leads, owners of last resort of a street and a community; the edition."""
    edition = publish(session, "unified", ["J001", "S001"], grids(MIDDLE), kinds=["resident", "business"], area=AREAS)
    table = CodeTable(code="city", name="City", local=True, valid=EVER, created_by="test", extensions=[])
    session.add(table)
    session.flush()
    for kind, code, name in (
        ("matter", "06010", "暴露垃圾"), ("matter", "07001", "非法小广告"), ("matter", "01001", "供水井盖异常"),
        ("matter", "06013", "道路破损"),
    ):  # fmt: skip
        session.add(
            MatterRow(table_id=table.id, kind=kind, code=code, name=name, origin="GB/T 47678.5-2026", valid=EVER)
        )
    duties_store.add(session, [duty("1", "06010", "环卫所", role="环卫", assistants=["市政所"])])
    events.put_last_resort(session, ALL, "440115001", "街道办", LONG_AGO)
    events.put_last_resort(session, ALL, "440115001001", "居委会", LONG_AGO)
    session.flush()
    return edition


def look(session: Session) -> Lookup:
    lookup = Lookup(lambda: nullcontext(session), clock=lambda: FRIDAY)
    lookup.refresh()
    return lookup


def add_component(session: Session, code: str, owner: str | None, lon: float = 113.00401) -> None:
    session.execute(
        text("INSERT INTO layers (name, kind, content_hash, created_by) VALUES ('lids', 'components', 'x', 'test') "
             "ON CONFLICT DO NOTHING")
    )  # fmt: skip
    session.execute(
        text("""
        INSERT INTO features (layer_id, code, kind, properties, geom)
        SELECT id, :code, '01001', CAST(:properties AS jsonb), ST_SetSRID(ST_MakePoint(:lon, 22.005), 4326)
        FROM layers WHERE name = 'lids'"""),
        {"code": code, "lon": lon, "properties": json.dumps({"owner": owner} if owner else {})},
    )
