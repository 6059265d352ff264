"""The Washington sample against its README: labels of events by geopandas.sjoin, counts and totals by pandas."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

DATA = Path(__file__).resolve().parents[2] / "data" / "sample_grids"
CITY = DATA / "washington_dc"
AGREEMENT = [  # events, label, file, field, rows with a label, agree
    ("crime_incidents", "ward", "wards", "WARD", 2898, 2892),
    ("crime_incidents", "anc", "anc_areas", "ANC_ID", 2898, 2898),
    ("crime_incidents", "district", "police_districts", "LABEL", 2898, 2865),
    ("crime_incidents", "psa", "police_service_areas", "PSA", 2895, 2770),
    ("crime_incidents", "precinct", "voting_precincts", "NAME", 2898, 2898),
    ("service_requests_311", "ward", "wards", "WARD", 22427, 22391),
]
FEATURES = {"single_member_districts": 296, "police_service_areas": 56, "trash_routes": 144, "wards": 8}
FEATURES |= {"police_districts": 7, "voting_precincts": 143, "anc_areas": 40, "block_groups": 450}
FEATURES |= {"traffic_zones": 319, "businesses": 5408}


@pytest.mark.parametrize(("events", "label", "file", "field", "labelled", "agree"), AGREEMENT)
def test_labels_agree_as_the_readme_says(
    events: str, label: str, file: str, field: str, labelled: int, agree: int
) -> None:
    rows = pd.read_csv(CITY / f"{events}.csv", dtype=str, keep_default_na=False)
    points = gpd.GeoDataFrame(
        rows[[label]], geometry=gpd.points_from_xy(rows["lon"].astype(float), rows["lat"].astype(float)), crs=4326
    )
    polygons = gpd.read_file(CITY / f"{file}.fgb")[[field, "geometry"]].rename(columns={field: "found"})
    joined = points.sjoin(polygons, how="left", predicate="intersects")
    assert len(joined) == len(points)
    assert joined["found"].notna().all()
    assert (rows[label] != "").sum() == labelled
    assert (joined[label] == joined["found"].astype(str)).sum() == agree


@pytest.mark.parametrize(("file", "count"), FEATURES.items())
def test_counts_and_coordinate_system(file: str, count: int) -> None:
    frame = gpd.read_file(CITY / f"{file}.fgb")
    assert len(frame) == count
    assert frame.crs == "EPSG:4326"


def test_totals() -> None:
    blocks, zones = gpd.read_file(CITY / "block_groups.fgb"), gpd.read_file(CITY / "traffic_zones.fgb")
    assert blocks[["people", "housing_units", "households"]].sum().tolist() == [601_723, 296_719, 266_707]
    assert zones[["people", "households", "jobs"]].sum().tolist() == [572_059, 248_338, 713_399]
    businesses = gpd.read_file(CITY / "businesses.fgb").groupby("kind")["businesses"].sum()
    assert businesses.to_dict() == {"hotel": 144, "liquor": 2012, "occupancy": 1978, "retail": 324}


def test_clean_and_dirty_networks() -> None:
    districts = gpd.read_file(CITY / "single_member_districts.fgb").to_crs(32618)
    assert shapely.coverage_is_valid(districts.geometry.to_numpy())
    commissions = gpd.read_file(CITY / "anc_areas.fgb").to_crs(32618)
    assert commissions.area.sum() == pytest.approx(177.466e6, rel=1e-5)
    routes = gpd.read_file(CITY / "trash_routes.fgb").to_crs(32618)
    assert (~routes.is_valid).sum() == 2
    assert sorted(routes.loc[routes["ROUTE_ID"].duplicated(), "ROUTE_ID"]) == ["106_2", "506_2", "701_2"]
    valid = routes.make_valid()
    assert valid.area.sum() - valid.union_all().area == pytest.approx(28_354, abs=2)


def test_no_names_addresses_or_numbers_of_people() -> None:
    for file in ("crime_incidents", "service_requests_311"):
        columns = pd.read_csv(CITY / f"{file}.csv", nrows=1).columns.str.lower()
        assert not columns.str.contains("name|address|phone|ccn|mail").any()
    assert list(gpd.read_file(CITY / "businesses.fgb").columns) == ["code", "kind", "use", "businesses", "geometry"]


def test_shenzhen_is_the_zones_as_they_came() -> None:
    zones = gpd.read_file(DATA / "shenzhen" / "zones.shp.zip")
    assert len(zones) == zones["TAZID"].nunique() == 491
    assert zones.crs == "EPSG:3857"
    assert zones.is_valid.all()


def test_every_folder_tells_its_origin_and_all_is_light() -> None:
    files = [path for path in DATA.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 15_000_000
    for folder in ("washington_dc", "shenzhen", "codes"):
        text = (DATA / folder / "README.md").read_text(encoding="utf-8")
        assert "commit" in text
        assert "licen" in text.lower() or "WTFPL" in text
