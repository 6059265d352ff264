"""A plan from overlay to publication, on a small city whose every answer can be counted by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from cities import LAT, LON, STEP, cells, collection, squares, write
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound, Refused
from app.models.plans import Plan, PlanGrid
from app.rules.accounts.access import SCOPES, Caller
from app.services.networks import editions, exports, layers, networks
from app.services.plans import plan_comparison, plan_consolidation, plan_division, plan_publication, plans
from app.services.progress import silent
from app.store.networks import editions as editions_store
from app.store.networks import networks as networks_store
from app.store.plans import plans as store

PLANNER = Caller("user:planner", frozenset(SCOPES))
SIZE = 12  # the city is 12 × 12 cells; two areas of 6 × 12
HOMES = 60  # in each cell
PUBLISHED = "2026-12-01T00:00:00+08:00"


def add_network(session: Session, folder: Path, code: str, wide: int, high: int) -> None:
    networks.add_network(session, PLANNER, code, code)
    file = write(folder / f"{code}.geojson", squares(wide, high, SIZE))
    order = {"network": code, "file": file, "code_field": "code"}
    editions.import_network_step(session, PLANNER, order, silent())


def add_layer(session: Session, folder: Path, kind: str, rows: list[tuple[dict[str, Any], Any]], **order: Any) -> None:
    name = order.get("name", kind)
    order |= {"kind": kind, "file": write(folder / f"{name}.geojson", collection(rows)), "code_field": "code"}
    layers.import_layer_step(session, PLANNER, order, silent())


@pytest.fixture
def city(session: Session, tmp_path: Path) -> Session:
    """Two areas; two networks that cross; homes in every cell; a campus of 2 × 2 cells."""
    areas = [
        ({"code": "440115001001", "name": "东社区"}, cells(0, 0, 6, 12)),
        ({"code": "440115001002"}, cells(6, 0, 12, 12)),
    ]
    add_layer(session, tmp_path, "areas", areas)
    homes = [({"code": f"{x}-{y}", "hh": HOMES}, cells(x, y, x + 1, y + 1)) for x in range(SIZE) for y in range(SIZE)]
    add_layer(session, tmp_path, "blocks", homes, quantities={"households": "hh"})
    add_layer(session, tmp_path, "campuses", [({"code": "school"}, cells(1, 1, 3, 3))])
    add_network(session, tmp_path, "governance", 3, 2)
    add_network(session, tmp_path, "civilization", 2, 3)
    return session


def make(session: Session, name: str = "spring", **choices: Any) -> Plan:
    choices = {"areas": "areas", "cuts": ["campuses"], **choices}
    return plans.create(session, PLANNER, name, ["governance", "civilization"], **choices)


def divided(session: Session, name: str = "spring", **parameters: Any) -> Plan:
    plan = make(session, name)
    plan_consolidation.consolidate_step(session, PLANNER, {"plan": name}, silent())
    plan_division.divide_step(session, PLANNER, {"plan": name, **parameters}, silent())
    return plan


def test_pieces_know_their_sources_and_lose_no_household(city: Session) -> None:
    plan = make(city)
    made = plan_consolidation.consolidate_step(city, PLANNER, {"plan": "spring"}, silent())
    pieces = store.pieces_frame(city, plan)
    assert made["pieces"] == len(pieces)
    assert pieces["households"].sum() == pytest.approx(HOMES * SIZE * SIZE, abs=1e-6)
    assert set(pieces["area"]) == {"440115001001", "440115001002"}
    middle = pieces[pieces.intersects(shapely.Point(LON + 4.5 * STEP, LAT + 4.5 * STEP))].iloc[0]
    assert (middle["governance"], middle["civilization"]) == ("0304", "0403")
    assert shapely.coverage_is_valid(pieces.geometry.to_numpy())
    evidence = [row for row in pieces["evidence"] if row.get("campus")]
    assert sum(row["campus_share"] for row in evidence) == pytest.approx(len(evidence))
    owners = {(row["network"], row["owners"]): row["share_area"] for row in made["ownership"]}
    assert owners["governance", 1] == pytest.approx(1.0)


def test_grids_hold_the_hard_rules(city: Session) -> None:
    plan = divided(city)
    grids, pieces = store.grids_frame(city, plan.id), store.pieces_frame(city, plan)
    assert shapely.coverage_is_valid(grids.geometry.to_numpy())
    assert set(grids.geometry.geom_type) == {"Polygon"}
    assert sum(row["households"] for row in grids["quantities"]) == pytest.approx(HOMES * SIZE * SIZE, abs=1e-6)
    assert all(code.startswith(area) for code, area in zip(grids["code"], grids["area"], strict=True))
    assert pieces.groupby("grid")["area"].nunique().max() == 1
    campus = grids[grids["kind"] == "institution"]
    assert len(campus) == 1
    assert campus["code"].iloc[0] == "440115001001D001"
    assert campus["name"].iloc[0] == "东社区单位001"
    assert campus.geometry.iloc[0].intersection(cells(1, 1, 3, 3)).area == pytest.approx(4 * STEP**2, rel=1e-4)
    shares = store.lineage_frame(city, plan.id).groupby(["network", "old"])["share_area"].sum()
    np.testing.assert_allclose(shares, 1.0)


def test_the_same_seed_gives_the_same_plan_to_the_byte(city: Session) -> None:
    first, second = divided(city, "first"), divided(city, "second")
    other = divided(city, "other", seed=5)
    assert first.content_hash == second.content_hash
    assert other.division["effort"] == first.division["effort"]
    again = plan_division.divide_step(city, PLANNER, {"plan": "first"}, silent())
    assert again["content_hash"] == second.content_hash


def test_a_band_below_a_piece_splits_it_and_the_next_division_starts_whole(city: Session) -> None:
    plan = divided(city, bands={"resident": [20, 30, 40]})
    split = store.pieces_frame(city, plan)
    assert plan.division["splits"]
    assert split["households"].sum() == pytest.approx(HOMES * SIZE * SIZE, abs=1e-6)
    assert shapely.coverage_is_valid(split.geometry.to_numpy())
    assert len(split) > len(store.pieces_frame(city, plan, unsplit=True))
    plan_division.divide_step(city, PLANNER, {"plan": "spring"}, silent())
    assert len(store.pieces_frame(city, plan)) == len(store.pieces_frame(city, plan, unsplit=True))


def publish(session: Session, name: str, **parameters: Any) -> dict[str, Any]:
    order = {"plan": name, "valid_from": PUBLISHED, **parameters}
    return plan_publication.publish_step(session, PLANNER, order, silent())


def test_a_clean_plan_becomes_the_unified_network(city: Session) -> None:
    plan = divided(city)
    made = publish(city, "spring")
    assert made["breaches"] == []
    network = networks_store.get(city, "unified")
    edition = editions_store.in_force(city, network.id, datetime(2026, 12, 2, tzinfo=UTC))
    assert edition is not None
    assert (edition.id, edition.plan_id) == (made["edition"], plan.id)
    assert editions_store.count_grids(city, edition.id) == made["grids"]
    with pytest.raises(Conflict, match="published"):
        plan_division.divide_step(city, PLANNER, {"plan": "spring"}, silent())


def test_codes_are_never_issued_twice(city: Session) -> None:
    divided(city, "first")
    divided(city, "second")
    publish(city, "first")
    with pytest.raises(Conflict, match="issued before"):
        publish(city, "second", valid_from="2027-01-01T00:00:00+08:00")
    plan_division.divide_step(city, PLANNER, {"plan": "second"}, silent())
    publish(city, "second", valid_from="2027-01-01T00:00:00+08:00")
    codes = [set(store.grids_frame(city, store.get(city, name).id)["code"]) for name in ("first", "second")]
    assert not codes[0] & codes[1]


def test_a_plan_with_an_overlap_a_gap_or_a_stray_is_refused_with_the_list(city: Session) -> None:
    plan = divided(city)
    grids = store.grids_frame(city, plan.id)
    east = grids[grids["area"] == "440115001002"]
    first = east.loc[east.bounds["minx"].idxmin()]  # it lies along the line between the areas
    moved = shapely.affinity.translate(first.geometry, xoff=-0.3 * STEP)
    city.execute(
        update(PlanGrid)
        .where(PlanGrid.plan_id == plan.id, PlanGrid.code == first["code"])
        .values(geom=f"SRID=4326;{moved.wkt}")
    )
    city.expire_all()
    with pytest.raises(Refused) as refused:
        publish(city, "spring")
    reasons = " ".join(refused.value.reasons)
    assert "overlap" in reasons
    assert re.search(r"[\d.]+ m² of ground without a grid at 113\.5\d+, 22\.7\d+", reasons)
    assert f"grid {first['code']} has" in reasons
    assert "m² in area 440115001001" in reasons
    assert networks_store.find(city, "unified") is None
    made = publish(city, "spring", excuse="agreed with the street office")
    edition = editions_store.get(city, made["edition"])
    assert edition.report["excuse"] == "agreed with the street office"
    assert len(edition.report["breaches"]) == len(refused.value.reasons)


def test_two_layers_for_one_quantity_are_refused_by_name(city: Session, tmp_path: Path) -> None:
    add_layer(
        city,
        tmp_path,
        "households",
        [({"code": "a", "n": 3}, cells(0, 0, 1, 1))],
        name="homes",
        quantities={"households": "n"},
    )
    make(city)
    with pytest.raises(InputError, match="blocks and homes"):
        plan_consolidation.consolidate_step(city, PLANNER, {"plan": "spring"}, silent())
    plan_consolidation.consolidate_step(city, PLANNER, {"plan": "spring", "quantities": ["homes"]}, silent())
    assert store.pieces_frame(city, store.get(city, "spring"))["households"].sum() == pytest.approx(3)


def test_wrong_orders_say_what_to_do(city: Session) -> None:
    with pytest.raises(NotFound, match="governance"):
        plans.create(city, PLANNER, "x", ["nothing"])
    with pytest.raises(InputError, match="degrees"):
        make(city, crs="EPSG:4490")
    make(city)
    with pytest.raises(Conflict, match="exists"):
        make(city)
    for step in (plan_division.divide_step, plan_publication.publish_step):
        with pytest.raises(Conflict, match="first"):
            step(city, PLANNER, {"plan": "spring", "valid_from": PUBLISHED}, silent())
    plan_consolidation.consolidate_step(city, PLANNER, {"plan": "spring"}, silent())
    with pytest.raises(InputError, match="weights are"):
        plan_division.divide_step(city, PLANNER, {"plan": "spring", "weights": {"beauty": 1.0}}, silent())


def test_the_crosswalk_sums_to_the_ground(city: Session) -> None:
    plan = make(city)
    plan_consolidation.consolidate_step(city, PLANNER, {"plan": "spring"}, silent())
    rows = plan_comparison.crosswalk_rows(city, plan, "governance", "civilization")
    assert sum(row["households"] for row in rows) == pytest.approx(HOMES * SIZE * SIZE)
    with pytest.raises(InputError, match="civilization"):
        plan_comparison.crosswalk_rows(city, plan, "governance", "wards")


SUFFIXES = (".geojson", ".gpkg", ".fgb", ".parquet", ".shp.zip", ".csv", ".xlsx")
KEYS = {"pieces": "piece", "grids": "code", "lineage": "old", "borders": "drawn_by"}


def test_every_export_in_every_format(city: Session, tmp_path: Path) -> None:
    plan = divided(city)
    for what in exports.WHAT:
        for suffix in SUFFIXES:
            path = tmp_path / f"{what}{suffix}"
            made = exports.export_plan(city, plan, what, path)
            assert made["rows"] > 0, path.name
            assert made["content_hash"] == plan.content_hash
            assert path.stat().st_size > 0, path.name
            if suffix in (".geojson", ".gpkg", ".fgb"):
                back = gpd.read_file(path)
                assert len(back) == made["rows"], path.name
                assert KEYS[what] in back.columns, path.name
