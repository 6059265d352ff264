"""Checks and repairs on the real networks of Washington DC, where the reference data is at hand (it is in CI)."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from app.spatial.quality.agreement import near_agreement
from app.spatial.quality.checks import check_network
from app.spatial.quality.problems import Kind
from app.spatial.quality.repair import repair
from app.spatial.quality.surfaces import surfaces

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
NETWORKS = DATA / "washington_dc" / "networks"
pytestmark = pytest.mark.skipif(
    not NETWORKS.is_dir() and not os.environ.get("CI"), reason=f"the reference data is not at {DATA}"
)


def load(name: str, code: str) -> gpd.GeoDataFrame:
    read = gpd.read_file(NETWORKS / f"{name}.geojson")
    codes = read[code].astype(str)
    columns = {"code": codes, "name": codes, "properties": [{} for _ in codes]}
    return gpd.GeoDataFrame(columns, geometry=read.geometry.to_numpy(), crs=4326)


def brute_overlap(frame: gpd.GeoDataFrame) -> float:
    """Oracle: ground counted more than once is the sum of the areas less the area of the union."""
    shapes = surfaces(frame).shapes
    return float(shapely.area(shapes).sum() - shapely.area(shapely.union_all(shapes)))


@pytest.mark.parametrize(
    ("name", "code", "grids", "holes_left"),
    [
        ("trash-pickup-days-for-2015", "ROUTE_ID", 141, 26),
        ("leaf-boundary", "ROUTE_NUM", 32, 23),
        ("snow-removal-areas", "SNOWAREA", 82, 4),
    ],
)
def test_a_dirty_network_becomes_a_coverage(name: str, code: str, grids: int, holes_left: int):
    frame = load(name, code)
    repaired = repair(frame, "full")
    overlap = sum(problem.area_m2 for problem in repaired.before.of(Kind.OVERLAP))
    # nowhere do many grids overlap at once, so the pairs add up to the oracle's figure
    assert overlap == pytest.approx(brute_overlap(frame), rel=0.01)
    assert len(repaired.frame) == grids
    assert shapely.coverage_is_valid(repaired.frame.geometry.to_numpy())
    assert repaired.after.is_coverage
    assert not repaired.after.errors
    assert not repaired.after.of(Kind.OVERLAP, Kind.GAP)
    assert len(repaired.after.of(Kind.HOLE)) == holes_left
    assert abs(repaired.accounts.residual_m2) < 1e-9 * repaired.accounts.after_m2
    assert repaired.accounts.overlaps_m2 == pytest.approx(overlap, rel=0.01)


def test_a_clean_network_is_only_snapped():
    frame = load("single-member-district-2013", "SMD_ID")
    repaired = repair(frame, "full")
    assert repaired.before.counts.keys() == {"excess_vertices", "excess_precision"}
    assert {change.action.value for change in repaired.changes} == {"snapped"}
    assert repaired.after.is_coverage


def test_parking_beats_are_the_districts_drawn_again():
    beats, districts = load("dpw-parking-beats", "BEAT_ID"), load("single-member-district-2013", "SMD_ID")
    areas = load("police-service-areas-psa", "PSA")
    report = check_network(beats, others={"districts": districts, "police": areas})
    assert [problem.other_code for problem in report.of(Kind.NEAR_DUPLICATE)] == ["districts"]


def test_wards_and_police_districts_share_borders_and_truly_cross_elsewhere():
    one = load("ward-2012", "WARD").to_crs(32618)
    two = load("police-districts-mpd", "NAME").to_crs(32618)
    found = near_agreement(one, two, 10.0)
    border = shapely.union_all(shapely.boundary(one.geometry.to_numpy()))
    other = shapely.union_all(shapely.boundary(two.geometry.to_numpy()))
    assert found.border_m == pytest.approx(border.length, rel=1e-6)
    # oracle: 2,000 places at random along the border; their share is good to one or two per cent
    places = shapely.line_interpolate_point(border, np.random.default_rng(1).uniform(0, border.length, 2_000))
    shapely.prepare(other)
    assert found.share == pytest.approx(shapely.dwithin(other, places, 10.0).mean(), abs=0.03)
    assert found.crossings["length_m"].sum() == pytest.approx(found.apart_m, rel=0.1)
