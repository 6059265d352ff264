"""Rules of a plan's division through the services: bridges, compounds, locks, bands of areas, splits, stations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import planned_city
import pytest
import shapely
from cities import LAT, LON, STEP, cells, collection, write
from planned_city import HOMES, PLANNER
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.errors import Infeasible, InputError, NotFound, Refused
from app.models.plans import Plan, PlanGrid
from app.services.networks import layers
from app.services.plans import plan_consolidation, plan_division, plan_publication, plans
from app.services.progress import silent
from app.store.networks import layers as layers_store
from app.store.plans import plans as store


@pytest.fixture
def city(session: Session, tmp_path: Path) -> Session:
    planned_city.build(session, tmp_path)
    return session


def add_layer(session: Session, folder: Path, kind: str, rows: list[tuple[dict[str, Any], Any]], **order: Any) -> None:
    file = write(folder / f"{order.get('name', kind)}.geojson", collection(rows))
    layers.import_layer_step(session, PLANNER, {"kind": kind, "file": file, "code_field": "code", **order}, silent())


def at(x: float, y: float) -> list[float]:
    """The point of the city at x, y cells."""
    return [LON + x * STEP, LAT + y * STEP]


def homes_in(west: int, south: int, east: int, north: int) -> float:
    return sum(HOMES[x, y] for x in range(west, east) for y in range(south, north))


def divide(session: Session, name: str, **parameters: Any) -> dict[str, Any]:
    return plan_division.divide_step(session, PLANNER, {"plan": name, **parameters}, silent())


def piece_of(session: Session, plan: Plan, x: float, y: float) -> Any:
    pieces = store.pieces_frame(session, plan)
    return pieces[pieces.intersects(shapely.Point(*at(x, y)))].iloc[0]


@pytest.fixture
def islands(city: Session, tmp_path: Path) -> Session:
    """An area of 6 × 12 cells and an island of 2 × 2 that belongs to it, a river of two cells between."""
    ground = shapely.union_all([cells(0, 0, 6, 12), cells(8, 0, 10, 2)])
    add_layer(city, tmp_path, "areas", [({"code": "440115001009"}, ground)], name="isles")
    plans.create(city, PLANNER, "isles", ["governance", "civilization"], areas="isles")
    plan_consolidation.consolidate_step(city, PLANNER, {"plan": "isles"}, silent())
    return city


def test_a_bridge_to_an_island_is_kept_with_the_plan_and_excused_when_published(islands: Session) -> None:
    alone = divide(islands, "isles")
    lone = [one for one in alone["proposals"] if one["wish"] == "lone"]
    assert [one["figures"]["amount"] for one in lone] == [pytest.approx(homes_in(8, 0, 10, 2), abs=0.05)]
    what = {choice["what"] for choice in lone[0]["choices"] if choice["verified"]}
    assert any(words.startswith("declare a bridge of 4") for words in what)  # two cells of about 205 m
    assert any(words.endswith("households in area 440115001009") for words in what)
    proposed = next(choice for choice in lone[0]["choices"] if "bridges" in choice["change"])["change"]
    assert divide(islands, "isles", **proposed)["below_band"] == []
    bridge = {"from": at(5.5, 2.5), "to": at(8.5, 1.5), "why": "ferry"}  # to a piece that makes the island 390 homes
    made = divide(islands, "isles", bridges=[bridge])
    plan = store.get(islands, "isles")
    held = [row["code"] for row in made["bridges"] if row["grid"] >= 0]
    assert (len(held), made["broken"], made["below_band"]) == (1, 0, [])
    grids = store.grids_frame(islands, plan.id).set_index("code")
    assert grids.geometry.loc[held[0]].geom_type == "MultiPolygon"
    assert divide(islands, "isles")["bridges"] == made["bridges"]  # not named again, it still holds
    order = {"plan": "isles", "valid_from": "2027-01-01T00:00:00+08:00"}
    with pytest.raises(Refused) as refused:
        plan_publication.publish_step(islands, PLANNER, order, silent())
    assert refused.value.reasons == [f"grid {held[0]} has several parts, joined by a declared bridge (ferry)"]
    published = plan_publication.publish_step(islands, PLANNER, order | {"excuse": "the ferry"}, silent())
    assert published["breaches"] == refused.value.reasons


def test_a_bridge_can_be_taken_back_and_must_stand_on_pieces(islands: Session) -> None:
    divide(islands, "isles", bridges=[{"from": at(5.5, 1.5), "to": at(8.5, 1.5)}])
    assert divide(islands, "isles", bridges=[])["bridges"] == []
    with pytest.raises(InputError, match="no piece at"):
        divide(islands, "isles", bridges=[{"from": at(5.5, 1.5), "to": at(40, 40)}])
    with pytest.raises(InputError, match="there is no piece 9999"):
        divide(islands, "isles", bridges=[{"from": 9999, "to": 1}])
    with pytest.raises(InputError, match="`from`, `to` and `why`"):
        divide(islands, "isles", bridges=[{"left": 1, "right": 2}])


def test_compounds_of_a_layer_stay_whole_or_say_why_not(city: Session, tmp_path: Path) -> None:
    add_layer(
        city, tmp_path, "compounds", [({"code": "花园"}, cells(3, 2, 6, 4)), ({"code": "大院"}, cells(6, 0, 9, 6))]
    )
    plan = planned_city.divided(city, "estates", cuts=("campuses", "compounds"))
    pieces = store.pieces_frame(city, plan)
    named = {code: [row.get("compound") == code for row in pieces["evidence"]] for code in ("花园", "大院")}
    assert pieces[named["花园"]]["grid"].nunique() == 1
    assert plan.score["compounds_whole"] == 1.0
    (told,) = [one for one in plan.division["proposals"] if one["wish"] == "compound"]
    assert (told["subject"], told["area"]) == ("大院", "440115001002")
    assert told["figures"]["amount"] == pytest.approx(homes_in(6, 0, 9, 6), abs=0.05)
    parts = {choice["what"]: choice["change"] for choice in told["choices"]}
    made = divide(city, "estates", **parts["divide it into 3 grids"])
    assert [one for one in made["proposals"] if one["wish"] == "compound"] == []
    pieces = store.pieces_frame(city, plan)
    inside = pieces[[row.get("compound") == "大院" for row in pieces["evidence"]]]["grid"]
    outside = pieces[[row.get("compound") != "大院" for row in pieces["evidence"]]]["grid"]
    assert inside.nunique() == 3
    assert not set(inside) & set(outside)


def test_locked_grids_keep_pieces_code_name_and_lock_through_a_division(city: Session) -> None:
    plan = planned_city.divided(city, "spring")
    grids = store.grids_frame(city, plan.id)
    code = grids[grids["kind"] == "resident"]["code"].iloc[1]
    lock = {"reason": "agreed", "by": "user:planner", "at": "2026-12-01"}
    city.execute(
        update(PlanGrid).where(PlanGrid.plan_id == plan.id, PlanGrid.code == code).values(lock=lock, name="阳光里")
    )
    shape = grids.set_index("code").geometry.loc[code]
    before = store.pieces_frame(city, plan).set_index("piece")["grid"]
    made = divide(city, "spring", bands={"resident": [100, 200, 300]}, seed=9)
    assert made["locked"] == 1
    after = store.pieces_frame(city, plan)
    assert set(after[after["grid"] == code]["piece"]) == set(before.index[before == code])
    kept = store.grids_frame(city, plan.id).set_index("code").loc[code]
    assert kept["name"] == "阳光里"
    assert kept["geometry"].equals_exact(shape, 0.0, normalize=True)
    assert store.grids_frame(city, plan.id)["code"].is_unique
    row = city.query(PlanGrid).filter_by(plan_id=plan.id, code=code).one()
    assert row.lock == lock
    named = divide(city, "spring", locked=[code, after["grid"].iloc[0]])
    assert named["locked"] == len({code, after["grid"].iloc[0]})
    with pytest.raises(NotFound, match="no grid x to keep"):
        divide(city, "spring", locked=["x"])


def test_an_area_has_a_band_of_its_own_until_it_is_taken_back(city: Session) -> None:
    plan = planned_city.divided(city, "spring", area_bands={"440115001002": {"resident": [100, 180, 240]}})
    means = mean_size(city, plan)
    assert means["440115001002"] < 240 < means["440115001001"]
    divide(city, "spring")
    assert mean_size(city, plan)["440115001002"] < 240
    divide(city, "spring", area_bands={})
    assert mean_size(city, plan)["440115001002"] > 300
    with pytest.raises(InputError, match=r"\[minimum, target, maximum\]"):
        divide(city, "spring", area_bands={"440115001002": {"resident": [100, 180]}})


def mean_size(session: Session, plan: Plan) -> dict[str, float]:
    grids = store.grids_frame(session, plan.id)
    homes = grids.assign(homes=[row["households"] for row in grids["quantities"]])
    return dict(homes[homes["kind"] == "resident"].groupby("area")["homes"].mean())


def test_a_split_is_told_with_its_lines_and_can_be_refused(city: Session, tmp_path: Path) -> None:
    road = shapely.LineString([at(1.5, -1), at(1.5, 13)])
    add_layer(city, tmp_path, "barriers", [({"code": "road"}, road)])
    plan = planned_city.divided(city, "spring", cuts=(), bands={"resident": [20, 30, 40]})
    splits = {split["piece"]: split for split in plan.division["splits"]}
    first = next(iter(splits))
    assert all(split["line_m"] > 0 for split in splits.values())
    assert any(split["road_m"] > 100 for split in splits.values())
    drawn = shapely.MultiLineString(splits[first]["lines"])
    whole = store.pieces_frame(city, plan, unsplit=True).set_index("piece").geometry.loc[first]
    assert whole.buffer(1e-6).contains(drawn)
    made = divide(city, "spring", bands={"resident": [20, 30, 40]}, refused_splits=[first])
    assert first not in {split["piece"] for split in made["splits"]}
    assert [one["grid"] for one in made["oversized"]]
    assert any(one["wish"] == "piece" and one["subject"] == str(first) for one in made["proposals"])
    again = divide(city, "spring", bands={"resident": [20, 30, 40]})  # the refusal is kept with the plan
    assert again["content_hash"] == made["content_hash"]
    assert len(divide(city, "spring", bands={"resident": [20, 30, 40]}, refused_splits=[])["splits"]) == len(splits)


def test_stations_and_loads_are_measured_per_grid(city: Session, tmp_path: Path) -> None:
    posts = [({"code": f"s{n}"}, shapely.Point(*at(3, 3 + 6 * n))) for n in range(2)]
    add_layer(city, tmp_path, "stations", posts)
    homes = [
        ({"code": f"p{x}-{y}", "n": 10 * (x % 3 + 1)}, cells(x, y, x + 1, y + 1)) for x in range(12) for y in range(12)
    ]
    add_layer(city, tmp_path, "components", homes, name="lamps", quantities={"lamps": "n"})
    load = {"resident": [{"quantity": "lamps", "weight": 1.0}]}
    plan = planned_city.divided(city, "spring", loads=load, weights={"station": 0.5})
    assert set(plan.score["loads"]["resident"]["lamps"]) == {
        "deviation_max", "deviation_p95", "deviation_std", "inside_band",
    }  # fmt: skip
    grids = store.grids_frame(city, plan.id)
    rows = grids[grids["kind"] == "resident"]
    assert all(abs(row["deviation_lamps"]) <= plan.score["loads"]["resident"]["lamps"]["deviation_max"] + 1e-9
               for row in rows["scores"])  # fmt: skip
    metres = np.array([row["station_m"] for row in grids["scores"]])
    assert (metres > 0).all()
    assert metres.min() <= plan.score["station_m"] <= metres.max()
    with pytest.raises(NotFound, match="no layer 'posts'"):
        divide(city, "spring", stations="posts")
    assert layers_store.get(city, "stations").kind == "stations"


def test_a_strict_division_changes_nothing_when_it_is_refused(city: Session) -> None:
    plan = planned_city.divided(city, "spring")
    known = plan.content_hash
    with pytest.raises(Infeasible) as caught:
        divide(city, "spring", bands={"resident": [2500, 3000, 3200]}, strict=True)
    assert "nearest feasible choice" in caught.value.reasons[0]
    assert store.get(city, "spring").content_hash == known
    with pytest.raises(InputError, match="knows no 'colour'"):
        divide(city, "spring", colour="red")
