"""The overlay of a real city: Washington DC's single-member districts, police service areas and trash routes.

Areas are the neighbourhood commissions, census block groups cut and bring their households. The figures are those that
docs/overlay.md quotes; total areas are measured by GEOS.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from app.spatial.pieces.lineage import lineage
from app.spatial.pieces.overlay import Overlay, overlay
from app.spatial.pieces.quantities import add_quantities
from app.spatial.pieces.slivers import SliverLimits, is_sliver, sliver_width

HOUSEHOLDS = 266_707  # sum over the 450 block groups


def read(project: Path, name: str, code: str) -> gpd.GeoDataFrame:
    frame = gpd.read_file(project / "data" / "sample_grids" / "washington_dc" / f"{name}.fgb")
    return frame.assign(code=frame[code].astype(str))


@pytest.fixture(scope="module")
def blocks(project) -> gpd.GeoDataFrame:
    return read(project, "block_groups", "GEOID")


@pytest.fixture(scope="module")
def networks(project) -> dict[str, gpd.GeoDataFrame]:
    return {
        "civilization": read(project, "single_member_districts", "SMD_ID"),
        "governance": read(project, "police_service_areas", "PSA"),
        "city": read(project, "trash_routes", "ROUTE_ID"),
    }


@pytest.fixture(scope="module")
def areas(project) -> gpd.GeoDataFrame:
    return read(project, "anc_areas", "ANC_ID")


@pytest.fixture(scope="module")
def laid(networks, areas, blocks) -> Overlay:
    return overlay(networks, areas=areas, cuts={"blocks": blocks}, crs="EPSG:32618")


def test_the_ground_is_whole_to_a_billionth(laid):
    report = laid.report
    assert abs(report.area_error) <= 1e-9
    assert max(one.error_max for one in (*report.networks.values(), report.areas)) <= 1e-9
    assert laid.pieces["area_m2"].sum() == pytest.approx(report.ground_m2 + report.gap_m2, rel=1e-9)
    assert report.networks["city"].overlap_m2 == pytest.approx(28_354, abs=1)  # trash routes overlap themselves


def test_pieces_are_a_valid_coverage_without_slivers(laid):
    pieces = laid.pieces
    assert laid.report.valid
    assert shapely.coverage_is_valid(pieces.geometry.to_numpy())
    assert pieces.is_valid.all()
    assert not is_sliver(
        pieces["area_m2"].to_numpy(), sliver_width(pieces.geometry.to_numpy()), SliverLimits(10.0, 0.5)
    ).any()
    assert laid.report.slivers.left == 0
    assert len(pieces) == 2_861


def test_pieces_stay_a_valid_coverage_in_degrees(laid):
    """A line that is straight in metres is bent in degrees: corners pinned to it keep it from jumping over others."""
    degrees = laid.pieces.to_crs(4326)
    assert degrees.is_valid.all()
    assert shapely.coverage_is_valid(degrees.geometry.to_numpy())
    back = degrees.to_crs(laid.pieces.crs)
    assert shapely.coverage_is_valid(back.geometry.to_numpy())


def test_households_before_are_households_after_and_in_the_lineage(laid, blocks):
    made, report = add_quantities(laid.pieces, blocks, ["households"], whole=True)
    assert report.quantities["households"].before == HOUSEHOLDS
    assert made["households"].sum() == HOUSEHOLDS
    assert report.unplaced == []
    rows = lineage(made.assign(grid=made["area"]), ["civilization", "governance", "city"], ["households"])
    sums = rows.groupby(["network", "old"])[["share_area", "share_households"]].sum()
    assert np.allclose(sums, 1.0, rtol=0, atol=1e-9)


def test_the_order_of_the_networks_does_not_matter(laid, networks, areas, blocks):
    turned = overlay(dict(reversed(networks.items())), areas=areas, cuts={"blocks": blocks}, crs="EPSG:32618")
    assert turned.pieces.geometry.to_wkb().equals(laid.pieces.geometry.to_wkb())
    columns = ["piece", "civilization", "governance", "city", "area", "area_m2"]
    assert turned.pieces[columns].equals(laid.pieces[columns])
