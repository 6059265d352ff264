"""Borders of a plan in the database, on a city of four grids whose lengths can be measured by PostGIS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cities import cells, collection, squares, write
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models.plans import Plan
from app.rules.accounts.access import SCOPES, Caller
from app.services.networks import editions, layers, networks
from app.services.plans import borders, plan_consolidation, plan_division, plans
from app.services.progress import silent
from app.store.plans import plans as store

PLANNER = Caller("user:planner", frozenset(SCOPES))
SIZE = 6


@pytest.fixture
def plan(session: Session, tmp_path: Path) -> Plan:
    """Six by six cells; two networks of halves that cross, an area over all, a campus that cuts, homes in cells."""
    for code, wide, high in (("governance", 3, 6), ("civilization", 6, 3)):
        networks.add_network(session, PLANNER, code, code)
        file = write(tmp_path / f"{code}.geojson", squares(wide, high, SIZE))
        order = {"network": code, "file": file, "code_field": "code"}
        editions.import_network_step(session, PLANNER, order, silent())
    homes = [({"code": f"{x}-{y}", "hh": 60}, cells(x, y, x + 1, y + 1)) for x in range(SIZE) for y in range(SIZE)]
    for kind, rows, more in (
        ("areas", [({"code": "440115001001"}, cells(0, 0, SIZE, SIZE))], {}),
        ("campuses", [({"code": "school"}, cells(1, 1, 2, 2))], {}),
        ("blocks", homes, {"quantities": {"households": "hh"}}),
    ):
        file = write(tmp_path / f"{kind}.geojson", collection(rows))
        order: dict[str, Any] = {"kind": kind, "name": kind, "file": file, "code_field": "code", **more}
        layers.import_layer_step(session, PLANNER, order, silent())
    return plans.create(session, PLANNER, "spring", ["governance", "civilization"], areas="areas", cuts=["campuses"])


def consolidate(session: Session) -> None:
    plan_consolidation.consolidate_step(session, PLANNER, {"plan": "spring"}, silent())


def test_borders_are_stored_with_who_drew_them(session: Session, plan: Plan) -> None:
    with pytest.raises(Conflict, match="no pieces yet"):
        borders.page(session, plan, 10, 0)
    consolidate(session)
    total, page = borders.page(session, plan, 3, 1)
    whole = borders.frame(session, plan)
    assert (total, len(page)) == (len(whole), 3)
    assert page["left"].tolist() == whole["left"].tolist()[1:4]
    inner = whole[whole["right"] >= 0]
    assert {"|".join(names) for names in inner["drawn_by"]} == {"campuses", "governance", "civilization"}
    outer = whole[whole["right"] < 0]
    assert {name for names in outer["drawn_by"] for name in names} == {"areas", "civilization", "governance"}
    measured = session.execute(
        text("SELECT sum(ST_Length(geom::geography)) FROM borders WHERE drawn_by ? 'campuses'")
    ).scalar_one()
    assert whole[["campuses" in names for names in whole["drawn_by"]]]["length_m"].sum() == pytest.approx(
        measured, rel=1e-3
    )
    consolidate(session)
    assert borders.page(session, plan, 1, 0)[0] == total


def test_a_split_is_told_among_the_borders(session: Session, plan: Plan) -> None:
    consolidate(session)
    before = borders.frame(session, plan)
    plan_division.divide_step(session, PLANNER, {"plan": "spring", "bands": {"resident": [60, 90, 120]}}, silent())
    pieces = store.pieces_frame(session, plan)
    after = borders.frame(session, plan)
    assert plan.division["splits"]
    assert any(names == ["split"] for names in after["drawn_by"])
    assert all(len(names) for names in after["drawn_by"])
    assert set(after["left"]) | set(after["right"]) == {-1, *pieces["piece"]}
    own = before["length_m"].sum()
    split = after[[names == ["split"] for names in after["drawn_by"]]]["length_m"].sum()
    assert after["length_m"].sum() == pytest.approx(own + split, rel=1e-6)
    metres = borders.grid_border_metres(session, plan)
    assert 0 < metres["total"] <= after[after["right"] >= 0]["length_m"].sum() * (1 + 1e-9)
    assert np.isclose(sum(value for name, value in metres.items() if name != "total"), metres["total"])
    assert plans.score(session, plan)["drawn_by"] == metres
