"""Plans of one city compared; expected figures by shapely on the stored grids, and by PostGIS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from planned_city import SIZE, TOTAL, build, divided, households_in_common
from scipy.optimize import linear_sum_assignment
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, TooLarge
from app.models.plans import Plan
from app.rules.accounts.access import SCOPES, Caller
from app.services.plans import plan_comparison, plans
from app.spatial.coordinates.crs import parse_crs
from app.store.plans import plans as store

PLANNER = Caller("user:planner", frozenset(SCOPES))
SPREAD_SCHOOL = """
    UPDATE pieces SET evidence = jsonb_build_object('campus', 'school', 'campus_share', 1.0)
    WHERE plan_id = :plan AND piece IN (SELECT piece FROM pieces WHERE plan_id = :plan ORDER BY piece LIMIT 20)
"""


@pytest.fixture
def city(session: Session, tmp_path: Path) -> Session:
    build(session, tmp_path)
    return session


def test_the_same_division_twice_moves_nobody(city: Session) -> None:
    first, same = divided(city, "first"), divided(city, "same")
    made = plan_comparison.compare(city, [first, same])
    change = made["changes"][0]
    assert (change["from"], change["to"], change["weight"]) == ("first", "same", "households")
    assert change["stays"] == pytest.approx(1.0)
    assert change["kept_whole"] == change["matched"] == first.score["grids"]
    assert change["by_quantity"]["area_m2"]["stays"] == pytest.approx(1.0)
    assert len(plan_comparison.disagreements(city, first, same)) == 0
    assert made["difference"]["same"]["total"] == 0


def shapes(session: Session, plan: Plan) -> np.ndarray:
    return store.grids_frame(session, plan.id).geometry.to_numpy()


def test_two_divisions_are_compared_in_full(city: Session) -> None:
    first, other = divided(city, "first"), divided(city, "other", bands={"resident": [600, 720, 900]})
    made = plan_comparison.compare(city, [first, other])
    assert list(made["plans"]) == ["first", "other"]
    assert made["difference"]["other"]["grids"] == other.score["grids"] - first.score["grids"]
    resident = made["plans"]["other"]["sizes"]["resident"]
    assert (resident["minimum"], resident["target"], resident["maximum"]) == (600, 720, 900)
    assert sum(resident["histogram"]["counts"]) == resident["grids"] - resident["campuses"]
    assert made["plans"]["first"]["workload"]["households"]["all"]["total"] == pytest.approx(TOTAL)
    assert made["plans"]["first"]["cuts"]["over_areas"] == {}
    table = households_in_common(shapes(city, first), shapes(city, other))
    rows, columns = linear_sum_assignment(table, maximize=True)
    change = made["changes"][0]
    assert change["stays"] == pytest.approx(table[rows, columns].sum() / table.sum(), rel=2e-3)
    assert change["together"] == pytest.approx(table.max(axis=1).sum() / table.sum(), rel=2e-3)
    assert change["from_one"] == pytest.approx(table.max(axis=0).sum() / table.sum(), rel=2e-3)
    assert change["moved"] == pytest.approx((1 - change["stays"]) * TOTAL)


def test_where_plans_disagree_is_what_does_not_stay(city: Session) -> None:
    first, other = divided(city, "first"), divided(city, "other", bands={"resident": [600, 720, 900]})
    apart = plan_comparison.disagreements(city, first, other)
    assert apart.crs.to_epsg() == 4326
    stays = plan_comparison.compare(city, [first, other])["changes"][0]["by_quantity"]["area_m2"]["stays"]
    ground = store.grids_frame(city, first.id).to_crs(parse_crs(first.crs).proj).area.sum()
    assert apart["area_m2"].sum() / ground == pytest.approx(1 - stays, abs=1e-3)
    assert shapely.is_valid(apart.geometry.to_numpy()).all()
    places = shapely.point_on_surface(apart.geometry.to_numpy())
    owner = text("SELECT code FROM plan_grids WHERE plan_id = :plan AND ST_Covers(geom, ST_Point(:x, :y, 4326))")
    for row, place in zip(apart.itertuples(), places, strict=True):
        for plan, code in ((first, row.a), (other, row.b)):
            assert city.scalars(owner, {"plan": plan.id, "x": place.x, "y": place.y}).all() == [code]


def test_old_networks_are_judged_by_the_pieces(city: Session) -> None:
    plan = divided(city, "first")
    old = plan_comparison.compare(city, [plan, plan])["plans"]["first"]["old_networks"]
    assert old["governance"]["grids"] == SIZE * SIZE / 6
    for network, made in old.items():
        assert made["together"] == pytest.approx(plan.score["preserved"][network])
        assert made["total"] == pytest.approx(TOTAL)
        assert 0 < made["stays"] <= made["together"] <= 1


def test_compounds_are_named_with_the_plans_that_cut_them(city: Session) -> None:
    whole = divided(city, "whole")
    cut = divided(city, "cut", cuts=())
    city.execute(text(SPREAD_SCHOOL), {"plan": cut.id})
    city.expire_all()
    made = plan_comparison.compare(city, [whole, cut])
    assert made["plans"]["whole"]["cuts"]["compounds_cut"] == {}
    grids = made["plans"]["cut"]["cuts"]["compounds_cut"]["school"]
    assert len(grids) > 1
    assert made["compounds_cut"] == {"school": {"whole": 1, "cut": len(grids)}}


def test_what_cannot_be_compared_is_said(city: Session) -> None:
    plan = divided(city, "first")
    draft = plans.create(city, PLANNER, "draft", ["governance"])
    with pytest.raises(Conflict, match="divide it first"):
        plan_comparison.compare(city, [plan, draft])
    with pytest.raises(InputError, match="at least two"):
        plan_comparison.compare(city, [plan])
    with pytest.raises(TooLarge, match="8 are the most"):
        plan_comparison.compare(city, [plan] * 9)
