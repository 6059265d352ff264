"""The synthetic town against brute force: shapely point-in-polygon over all pairs, counts by pandas."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame
from pandas.testing import assert_frame_equal

from app.errors import InputError
from app.town.networks import CITY_MANAGEMENT, CIVILIZATION, GOVERNANCE
from app.town.shapes import block_code
from app.town.town import Town, make_town

METRIC = "EPSG:4547"
FRAMES = (
    "streets",
    "communities",
    "blocks",
    "compounds",
    "campuses",
    "buildings",
    "households",
    "businesses",
    "barriers",
)


def owners(grids: GeoDataFrame, lon: pd.Series, lat: pd.Series) -> list[str]:
    """Codes of the polygons that contain each point, sorted and joined, by testing every polygon."""
    found: list[set[str]] = [set() for _ in range(len(lon))]
    for code, polygon in zip(grids["code"], grids.geometry.make_valid(), strict=True):
        for row in np.flatnonzero(shapely.contains_xy(polygon, lon.to_numpy(), lat.to_numpy())).tolist():
            found[row].add(code)
    return ["|".join(sorted(codes)) for codes in found]


def test_sizes_are_exact(town: Town) -> None:
    size = town.size
    assert len(town.households) == size.households
    for name in ("communities", "streets", "blocks", "buildings"):
        assert getattr(town, name)["households"].sum() == size.households
    assert len(town.streets) == size.streets
    assert len(town.events) == len(town.truth) == round(0.4 * size.households)
    people = town.households["people"].sum()
    assert 2.0 < people / size.households < 3.2
    assert town.buildings["people"].sum() == town.communities["people"].sum() >= people  # dormitories hold the rest


def test_household_sizes_have_a_heavy_tail(small: Town) -> None:
    homes = small.buildings.loc[small.buildings["households"] > 0, "households"]
    assert homes.max() > 5 * homes.median()
    assert small.households["people"].max() >= 7


@pytest.mark.parametrize("layer", ["streets", "communities", "blocks"])
def test_areas_and_blocks_tile_the_same_ground_exactly(town: Town, layer: str) -> None:
    frame = getattr(town, layer)
    assert set(frame.geom_type) == {"Polygon"} or layer == "blocks"
    assert frame.is_valid.all()
    assert frame["code"].is_unique
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    ground, whole = town.communities.union_all(), frame.union_all()
    assert ground.symmetric_difference(whole).area == 0
    assert not getattr(ground, "interiors", ())


def test_every_household_lies_in_the_one_community_that_it_names(town: Town) -> None:
    homes = town.households
    assert owners(town.communities, homes.geometry.x, homes.geometry.y) == homes["community"].tolist()


def test_codes_nest_and_only_the_streets_are_real(small: Town) -> None:
    assert small.streets["code"].str.fullmatch(r"440115\d{3}").all()
    assert small.communities["code"].str.fullmatch(r"440115\d{6}").all()
    assert small.communities["code"].str[:9].isin(small.streets["code"]).all()
    assert small.networks[GOVERNANCE]["code"].str.fullmatch(r"\d{15}").all()
    assert small.networks[GOVERNANCE]["code"].str[:12].isin(small.communities["code"]).all()


def test_true_owners_agree_with_point_in_polygon(town: Town) -> None:
    truth = town.truth
    assert owners(town.communities, truth["lon"], truth["lat"]) == truth["community"].tolist()
    for name, grids in town.networks.items():
        assert owners(grids, truth["lon"], truth["lat"]) == truth[name].tolist(), name
    assert (truth[CITY_MANAGEMENT] == "").any()
    assert truth[CITY_MANAGEMENT].str.contains("|", regex=False).any()
    assert (truth[CIVILIZATION] != "").all()


def test_events_keep_away_from_borders(small: Town) -> None:
    at = gpd.GeoSeries(gpd.points_from_xy(small.truth["lon"], small.truth["lat"]), crs=4326).to_crs(METRIC)
    for grids in (*small.networks.values(), small.communities):
        borders = shapely.union_all(grids.to_crs(METRIC).boundary.to_numpy())
        assert at.distance(borders).min() > 2.0


def test_civilization_is_clean_but_for_the_declared_crossings(town: Town) -> None:
    grids = town.networks[CIVILIZATION]
    assert grids.is_valid.all()
    assert shapely.coverage_is_valid(grids.geometry.to_numpy())
    assert grids.union_all().symmetric_difference(town.communities.union_all()).area == 0
    assert crossing(grids, town) == town.drawn[CIVILIZATION].defects.crossing != []


def test_governance_is_a_metre_off_and_leaves_the_river_out(town: Town) -> None:
    grids, declared = town.networks[GOVERNANCE].to_crs(METRIC), town.drawn[GOVERNANCE].defects
    assert grids.is_valid.all()
    assert crossing(town.networks[GOVERNANCE], town) == declared.crossing != []
    river = town.water[town.water["kind"] == "river"].to_crs(METRIC).union_all()
    assert grids.intersection(river.buffer(-1.5)).area.sum() == pytest.approx(0, abs=1e-6)
    exact = shapely.get_coordinates(town.communities.to_crs(METRIC).geometry.to_numpy())
    drawn = shapely.get_coordinates(grids.geometry.to_numpy())
    off = shapely.STRtree(shapely.points(exact)).query_nearest(shapely.points(drawn), return_distance=True)[1]
    assert (off < 1e-6).mean() < 0.01  # no corner is where the communities have it
    assert 0.3 < np.median(off[off < 1.5]) < 1.2


def crossing(grids: GeoDataFrame, town: Town) -> list[str]:
    """Grids with ground more than 4 m wide in a second community: what is narrower is digitising."""
    placed, communities = grids.to_crs(METRIC), town.communities.to_crs(METRIC)
    pairs = placed.sindex.query(communities.geometry, predicate="intersects")
    shared = placed.geometry.iloc[pairs[1]].intersection(communities.geometry.iloc[pairs[0]], align=False)
    wide = placed["code"].iloc[pairs[1]][~shared.buffer(-2).is_empty]
    return sorted(wide.value_counts().loc[lambda n: n > 1].index)


def test_city_management_has_the_declared_defects(town: Town) -> None:
    grids, declared = town.networks[CITY_MANAGEMENT], town.drawn[CITY_MANAGEMENT].defects
    assert sorted(grids.loc[~grids.is_valid, "code"]) == declared.invalid
    assert sorted(grids.loc[grids["code"].duplicated(), "code"]) == declared.duplicate_codes
    valid = grids.geometry.make_valid().to_numpy()
    blocks = town.blocks.set_index("code").to_crs(METRIC)
    placed = gpd.GeoSeries(valid, crs=4326).to_crs(METRIC).buffer(0)
    gaps = town.communities.to_crs(METRIC).union_all().difference(placed.union_all())
    assert gaps.area == pytest.approx(blocks.loc[[block_code(k) for k in declared.gaps]].area.sum(), rel=1e-6)
    twice = sum(
        placed.iloc[a].intersection(placed.iloc[b]).area for a in range(len(placed)) for b in range(a + 1, len(placed))
    )
    assert twice == pytest.approx(blocks.loc[[block_code(k) for k, _, _ in declared.overlaps]].area.sum(), rel=1e-6)
    by_code = grids.assign(geometry=valid).dissolve("code").to_crs(METRIC)
    for block, one, other in declared.overlaps:
        inside = blocks.loc[block_code(block)].geometry.buffer(-1)
        assert by_code.loc[one].geometry.contains(inside)
        assert by_code.loc[other].geometry.contains(inside)


def test_networks_differ_in_grain(town: Town) -> None:
    count = {name: len(grids) for name, grids in town.networks.items()}
    assert count[GOVERNANCE] > count[CIVILIZATION] > count[CITY_MANAGEMENT] > 3


def test_buildings_stand_apart_inside_the_town(small: Town) -> None:
    buildings = small.buildings.to_crs(METRIC)
    assert buildings.is_valid.all()
    assert buildings.sindex.query(buildings.geometry, predicate="overlaps").shape[1] == 0
    assert buildings.within(small.communities.to_crs(METRIC).union_all()).all()
    roads = small.barriers[small.barriers["kind"].str.endswith("road")].to_crs(METRIC)
    assert not buildings.intersects(roads.union_all()).any()


def test_the_river_has_few_bridges(town: Town) -> None:
    river = town.barriers[town.barriers["kind"] == "river"].to_crs(METRIC).union_all()
    roads = town.barriers[town.barriers["kind"].str.endswith("road")].to_crs(METRIC)
    assert 1 <= roads.crosses(river).sum() <= town.size.bridges


def test_duty_conflicts_are_the_declared_ones(small: Town) -> None:
    whole = small.duties[small.duties["scope"] == "全域"].groupby(["kind", "code"])["lead"].nunique()
    some = small.duties[small.duties["scope"] != "全域"].groupby(["kind", "code"])["scope"].apply(sorted)
    assert sorted(whole[whole > 1].index) == sorted(small.conflicts.duplicate)
    assert dict(some) == small.conflicts.crossed
    blank = small.truth.loc[small.truth["lead"] == ""].index
    assert set(small.events.loc[blank, "matter"]) <= {code for _, code in small.conflicts.unowned}
    assert len(small.conflicts.unowned) == 3


def test_staff_problems_are_the_declared_ones(town: Town) -> None:
    staff, declared = town.staff, town.staff_problems
    for name, grids in town.networks.items():
        posted = set(staff.loc[staff["network"] == name, "grid"])
        assert posted <= set(grids["code"])
        assert sorted(set(grids["code"]) - posted) == declared.vacant[name]
    held = staff.groupby("person")["grid"].nunique()
    assert sorted(held[held > 1].index) == declared.two_posts
    assert sorted(staff.loc[staff["until"] != "", "person"]) == declared.ended
    assert (staff.loc[staff["until"] != "", "until"] < town.start.isoformat()).all()


def test_nothing_passes_for_real(small: Town) -> None:
    assert small.staff["phone"].str.fullmatch(r"000\d{8}").all()
    assert small.staff["name"].str[1].eq("示").all()
    for frame in (small.compounds, small.campuses, small.businesses, small.communities, *small.networks.values()):
        assert frame["name"].str.startswith("合成").all()
    assert small.streets["name"].str.endswith("（合成）").all()
    assert small.events["event"].str.startswith("SYN").all()


def test_events_fill_one_year_in_three_systems(small: Town) -> None:
    at = pd.to_datetime(small.events["at"])
    assert at.is_monotonic_increasing
    assert small.start.isoformat() <= small.events["at"].min()
    assert (at.max() - at.min()).days in range(355, 366)
    assert set(small.events["crs"]) == {"wgs84", "gcj02", "bd09"}
    assert small.events["accuracy_m"].gt(0).all()


def test_same_seed_same_town_another_seed_another(small: Town, generate: Callable[[str, int], Town]) -> None:
    again, other = generate("small", 1), generate("small", 2)
    for name in FRAMES:
        assert_frame_equal(getattr(small, name), getattr(again, name))
    assert_frame_equal(small.events, again.events)
    assert_frame_equal(small.staff, again.staff)
    assert not small.communities.union_all().equals(other.communities.union_all())


def test_a_short_list_of_streets_is_refused() -> None:
    with pytest.raises(InputError, match="needs 9 streets"):
        make_town("district", 1, [("440115001", "南沙街道")], pd.DataFrame(columns=["kind", "code", "name"]))
    with pytest.raises(InputError, match="no town of size"):
        make_town("city", 1, [], pd.DataFrame())
