"""Design rules 3, 4 and 12 on random cities, through the services on PostGIS; expected values from shapely alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from cities import LAT, LON, STEP, cells, collection, write
from hypothesis import given, settings
from hypothesis import strategies as st
from planned_city import PLANNER
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.networks import editions, layers, networks
from app.services.plans import plan_consolidation, plan_division, plan_publication, plans
from app.services.progress import silent
from app.store.networks import editions as editions_store
from app.store.networks import layers as layers_store
from app.store.plans import plans as store

SIZE = 9
AREAS = ("440115001001", "440115001002")
STARTS = "2027-01-01T00:00:00+08:00"
OWNERS = text("""
    SELECT p.i, o.code, o.on_boundary FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[]))
    WITH ORDINALITY AS p(lon, lat, i) LEFT JOIN LATERAL onegrid_lookup(p.lon, p.lat, 'unified', :at) AS o ON true
    ORDER BY p.i
""")


def voronoi_cells(rng: np.random.Generator, count: int) -> list[tuple[dict[str, Any], Any]]:
    """Random cells that tile the city, as the rows of a network."""
    points = shapely.MultiPoint(rng.uniform(0.0, SIZE, (count, 2)))
    square = shapely.box(0.0, 0.0, SIZE, SIZE)
    shapes = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=square))
    clipped = shapely.intersection(shapes, square)
    placed = shapely.transform(clipped, lambda xy: xy * STEP + np.array([LON, LAT]))
    return [({"code": f"{at:03d}"}, shape) for at, shape in enumerate(placed)]


def build(session: Session, folder: Path, seed: int, *, road: bool, estate: bool) -> str:
    """A random city with a plan that is divided, has a grid locked and is divided again."""
    rng = np.random.default_rng(seed)
    west = int(rng.integers(3, SIZE - 2))
    areas = [({"code": AREAS[0]}, cells(0, 0, west, SIZE)), ({"code": AREAS[1]}, cells(west, 0, SIZE, SIZE))]
    homes = [
        ({"code": f"{x}-{y}", "hh": int(rng.integers(0, 160))}, cells(x, y, x + 1, y + 1))
        for x in range(SIZE)
        for y in range(SIZE)
    ]
    add_layer(session, folder, "areas", areas)
    add_layer(session, folder, "blocks", homes, quantities={"households": "hh"})
    cuts = ["blocks"] if seed % 2 else []
    if estate:
        x, y = rng.integers(0, SIZE - 2, 2).tolist()
        add_layer(session, folder, "compounds", [({"code": "e"}, cells(x, y, x + 2, y + 2))])
        cuts.append("compounds")
    if road:
        ends = rng.uniform(0, SIZE, (2, 2)) * STEP + np.array([LON, LAT])
        add_layer(session, folder, "barriers", [({"code": "r"}, shapely.LineString(ends))])
    for code in ("governance", "civilization"):
        networks.add_network(session, PLANNER, code, code)
        file = write(folder / f"{code}.geojson", collection(voronoi_cells(rng, int(rng.integers(4, 14)))))
        editions.import_network_step(session, PLANNER, {"network": code, "file": file, "code_field": "code"}, silent())
    plans.create(session, PLANNER, "p", ["governance", "civilization"], areas="areas", cuts=cuts, seed=seed)
    plan_consolidation.consolidate_step(session, PLANNER, {"plan": "p"}, silent())
    return "p"


def add_layer(session: Session, folder: Path, kind: str, rows: list[tuple[dict[str, Any], Any]], **order: Any) -> None:
    file = write(folder / f"{kind}.geojson", collection(rows))
    layers.import_layer_step(session, PLANNER, {"kind": kind, "file": file, "code_field": "code", **order}, silent())


def divide(session: Session, **asked: Any) -> dict[str, Any]:
    order = {"plan": "p", "bands": {"resident": [300, 600, 900]}, "effort": 200.0, **asked}
    return plan_division.divide_step(session, PLANNER, order, silent())


@settings(max_examples=6)
@given(seed=st.integers(0, 10_000), road=st.booleans(), estate=st.booleans())
def test_a_published_edition_owns_every_point_once(
    session: Session, tmp_path: Path, seed: int, road: bool, estate: bool
):
    nested = session.begin_nested()
    build(session, tmp_path, seed, road=road, estate=estate)
    first = divide(session)
    plan = store.get(session, "p")
    held = store.pieces_frame(session, plan, unsplit=True)["households"].sum()
    assert divide(session)["content_hash"] == first["content_hash"]  # rule 12
    locked = store.grids_frame(session, plan.id)["code"].iloc[0]
    made = divide(session, locked=[locked], seed=seed + 1)
    assert (made["broken"], made["over_areas"], made["torn_compounds"]) == (0, 0, 0)
    grids = store.grids_frame(session, plan.id)
    assert sum(row["households"] for row in grids["quantities"]) == pytest.approx(held, rel=1e-12)  # rule 2
    published = plan_publication.publish_step(session, PLANNER, {"plan": "p", "valid_from": STARTS}, silent())
    assert published["breaches"] == []
    edition = editions_store.grids_frame(session, published["edition"])
    check_edition(session, edition)
    check_owners(session, edition, np.random.default_rng(seed))
    nested.rollback()
    session.expunge_all()


def check_edition(session: Session, edition: gpd.GeoDataFrame) -> None:
    """Rule 4: no overlap, no gap, no grid of several parts, none over two areas."""
    metric = edition.to_crs(32649)
    shapes = metric.geometry.to_numpy()
    assert shapely.coverage_is_valid(edition.geometry.to_numpy())
    assert all(shapely.get_num_geometries(shapes) == 1)
    areas = layers_store.frame(session, layers_store.get(session, "areas")).to_crs(32649).set_index("code").geometry
    for area, home in areas.items():
        mine = shapely.union_all(shapes[(metric["area"] == area).to_numpy()])
        assert mine.symmetric_difference(home).area < 1e-4 * home.area


def check_owners(session: Session, edition: gpd.GeoDataFrame, rng: np.random.Generator) -> None:
    """Rule 3: one owner for every point, the lowest code on a border, and the border is told."""
    shapes, codes = edition.geometry.to_numpy(), edition["code"].to_numpy()
    corners = np.unique(shapely.get_coordinates(shapes), axis=0)
    some = rng.permutation(len(corners))[:60]
    inside = rng.uniform(0.01, SIZE - 0.01, (80, 2)) * STEP + np.array([LON, LAT])
    points = np.vstack([corners[some], inside])
    asked = {"lon": points[:, 0].tolist(), "lat": points[:, 1].tolist(), "at": datetime(2027, 6, 1, tzinfo=UTC)}
    rows = session.execute(OWNERS, asked).all()
    assert len(rows) == len(points)
    places = shapely.points(points)
    for at, (_, code, on_boundary) in enumerate(rows):
        owners = sorted(codes[shapely.covers(shapes, places[at])])
        assert code == owners[0]
        assert on_boundary == (at < len(some) or len(owners) > 1)
