"""Files placed on the globe and shaped into frames: what is accepted, what is asked back, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from app.errors import CrsUnclear, FileError, InputError, OneGridError
from app.services.networks.intake import Intake, layer_frame, network_frame, open_boundary_file
from app.services.networks.samples import make_sample_town
from app.spatial.coordinates.crs import points_from_wgs84

GROUND = shapely.box(113.4, 22.6, 113.7, 22.9)
CODES = ["440115001", "440115002", "440115003"]
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
SUFFIXES = {".geojson", ".json", ".shp", ".dbf"}
DIRTY = sorted(p.relative_to(SHARED).as_posix() for p in (SHARED / "dirty").rglob("*") if p.suffix in SUFFIXES)


def grids(**fields: Any) -> gpd.GeoDataFrame:
    shapes = [shapely.box(113.5 + n / 100, 22.7, 113.51 + n / 100, 22.71) for n in range(3)]
    return gpd.GeoDataFrame(fields or {"code": CODES}, geometry=shapes, crs=4326)


def write(frame: gpd.GeoDataFrame, path: Path) -> Path:
    pyogrio.write_dataframe(frame, path)
    return path


def bare_shapefile(folder: Path, crs: str) -> Path:
    """The grids in `crs`, without a .prj."""
    frame = grids()
    move = lambda xy: np.column_stack(points_from_wgs84(xy[:, 0], xy[:, 1], crs))  # noqa: E731
    frame = frame.set_geometry(gpd.GeoSeries(shapely.transform(frame.geometry.to_numpy(), move), crs=4326))
    path = write(frame, folder / "grids.shp")
    path.with_suffix(".prj").unlink()
    return path


def test_the_provenance_is_whole(tmp_path: Path) -> None:
    path = write(grids().to_crs("EPSG:4547"), tmp_path / "网格.gpkg")
    opened = open_boundary_file(path)
    assert opened.provenance == {
        "file": "网格.gpkg",
        "sha256": opened.source.sha256,
        "size": path.stat().st_size,
        "format": "GeoPackage",
        "layer": "网格",
        "encoding": "utf-8",
        "encoding_reason": "the format is always UTF-8",
        "crs": "EPSG:4547",
        "crs_reason": "the file says so",
        "uncertainty_m": 1.0,
        "features": 3,
    }
    json.dumps(opened.to_dict())
    assert opened.frame.crs.to_epsg() == 4326
    assert np.allclose(opened.frame.total_bounds, grids().total_bounds, rtol=0, atol=1e-8)


@pytest.mark.parametrize("crs", ["gcj02", "bd09", "EPSG:4547", "cgcs2000"])
def test_what_was_told_with_crs_is_moved_to_wgs84(tmp_path: Path, crs: str) -> None:
    opened = open_boundary_file(bare_shapefile(tmp_path, crs), crs=crs, ground=GROUND)
    assert np.allclose(opened.frame.total_bounds, grids().total_bounds, rtol=0, atol=1e-8)
    assert opened.crs_reason == f"as told with --crs {crs}"
    assert opened.uncertainty_m > 0


@pytest.mark.parametrize(
    ("crs", "ground", "guess"),
    [
        ("EPSG:4526", None, "EPSG:4526"),
        ("EPSG:3857", None, "EPSG:3857"),
        ("EPSG:4547", GROUND, "EPSG:4547"),
        ("EPSG:4547", None, ""),
        ("wgs84", None, "EPSG:4326"),
    ],
)
def test_a_system_that_is_not_declared_is_guessed_and_asked_back(
    tmp_path: Path, crs: str, ground: shapely.Geometry | None, guess: str
) -> None:
    with pytest.raises(CrsUnclear, match=r"no \.prj") as raised:
        open_boundary_file(bare_shapefile(tmp_path, crs), ground=ground)
    assert raised.value.members["guess"] == guess
    assert raised.value.members["reason"]
    assert "--crs" in str(raised.value)


def test_crs_overrides_what_the_file_declares_and_says_so(tmp_path: Path) -> None:
    path = write(grids(), tmp_path / "grids.gpkg")
    opened = open_boundary_file(path, crs="gcj02")
    assert any("the file declares WGS 84, but was read as gcj02" in note for note in opened.notes)
    assert not np.allclose(opened.frame.total_bounds, grids().total_bounds, rtol=0, atol=1e-4)
    assert open_boundary_file(path, crs="wgs84").notes == ()


def test_metres_in_a_geojson_without_a_crs_are_asked_back(tmp_path: Path) -> None:
    path = tmp_path / "grids.geojson"
    path.write_text(json.dumps({"type": "Point", "coordinates": [38_438_306, 2_500_365]}), encoding="utf-8")
    with pytest.raises(CrsUnclear, match="is in degrees, but the numbers are metres") as raised:
        open_boundary_file(path)
    assert raised.value.members["guess"] == "EPSG:4526"
    assert open_boundary_file(path, crs="EPSG:4526").crs_name == "EPSG:4526"


@pytest.mark.parametrize(
    ("geometry", "told"),
    [
        ([22.7, 113.5], "the axes are swapped"),
        ([121.4, 31.2], "km from the city's ground"),
        ([-190.0, 22.0], "outside ±180°/±90°"),
    ],
)
def test_what_does_not_fit_the_ground_is_refused(tmp_path: Path, geometry: list[float], told: str) -> None:
    path = tmp_path / "grids.geojson"
    path.write_text(json.dumps({"type": "Point", "coordinates": geometry}), encoding="utf-8")
    with pytest.raises(FileError, match=told):
        open_boundary_file(path, ground=GROUND)


def test_an_offset_from_the_ground_is_a_note(tmp_path: Path) -> None:
    west, south, east, north = GROUND.bounds
    x, y = points_from_wgs84([west, east], [south, north], "gcj02")
    frame = gpd.GeoDataFrame({"code": ["a"]}, geometry=[shapely.box(x[0], y[0], x[1], y[1])], crs=4326)
    opened = open_boundary_file(write(frame, tmp_path / "grids.gpkg"), ground=GROUND)
    assert any("give --crs gcj02" in note for note in opened.notes)


def test_a_feature_across_the_date_line_is_a_note(tmp_path: Path) -> None:
    shapes = [shapely.box(113.5, 22.7, 113.6, 22.8), shapely.box(-179.8, -18.3, 177.9, -16.2)]
    opened = open_boundary_file(
        write(gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=shapes, crs=4326), tmp_path / "x.gpkg")
    )
    assert any("half the globe (first: row 2)" in note for note in opened.notes)


def test_a_file_without_any_place_is_opened_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "grids.geojson"
    shapes: list[Any] = [None, {"type": "Polygon", "coordinates": []}]
    features = [{"type": "Feature", "properties": {"code": n}, "geometry": s} for n, s in enumerate(shapes)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    assert len(open_boundary_file(path, ground=GROUND).frame) == 2


def test_an_unknown_crs_is_refused_before_anything_else(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give EPSG:n, wgs84"):
        open_boundary_file(write(grids(), tmp_path / "grids.gpkg"), crs="mars")


def opened(folder: Path, **fields: Any) -> Intake:
    return open_boundary_file(write(grids(**fields), folder / "grids.gpkg"))


@pytest.mark.parametrize(
    ("fields", "chosen"),
    [
        ({"name": ["x", "y", "z"], "code": CODES}, "code"),
        ({"OBJECTID": [1, 2, 3], "网格编码": CODES}, "网格编码"),
        ({"OBJECTID": [1, 2, 3], "NAME": ["南沙", "珠江", "龙穴"], "WARD_ID": ["1", "2", "3"]}, "WARD_ID"),
        ({"OBJECTID": [1, 2, 3], "PSA": [101, 102, 103]}, "PSA"),
        ({"code": ["a", "a", "b"], "psa": ["101", "102", "103"]}, "psa"),
        ({"code": ["a", None, "b"], "psa": ["101", "102", "103"]}, "psa"),
        ({"area": [1.25, 2.5, 3.75], "OBJECTID": [1, 2, 3]}, "OBJECTID"),
        ({"名称": ["一", "二", "三"], "社区代码": ["1", "1", "2"], "网格编号": CODES}, "网格编号"),
        ({"id": ["1", "2", "3"], "网格代码": CODES}, "网格代码"),
        ({"shebei": ["7", "8", "9"], "gridID": ["1", "2", "3"]}, "gridID"),
    ],
)
def test_the_code_field_is_guessed_with_the_reason(tmp_path: Path, fields: dict[str, Any], chosen: str) -> None:
    picked = network_frame(opened(tmp_path, **fields))
    assert picked.code_field == chosen
    assert any(f"codes are taken from field {chosen}" in note for note in picked.notes)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"名称": ["甲网格", "乙网格", "丙网格"]}, "no field looks like a code"),
        ({"NAME": ["a1", "b2", "c3"], "OBJECTID": ["x", "y", "y"]}, "no field looks like a code"),
        ({"gridID": ["1", "2", "3"], "ward_id": ["4", "5", "6"]}, "several fields may be the code: gridID, ward_id"),
        ({"a": ["1", "2", "3"], "b": ["4", "5", "6"]}, "several fields may be the code: a, b"),
    ],
)
def test_what_is_not_sure_is_asked_for(tmp_path: Path, fields: dict[str, Any], says: str) -> None:
    """Names are never taken for codes, however different they are."""
    with pytest.raises(FileError, match=says) as raised:
        network_frame(opened(tmp_path, **fields))
    assert raised.value.members["remedy"] == "name it with --code-field"


def test_a_code_twice_does_not_make_names_into_codes(tmp_path: Path) -> None:
    """As the synthetic town's city management has it: a GBK shapefile in which one grid bears another's code."""
    folder = tmp_path / "town"
    manifest = make_sample_town(folder, "small", 1)
    file = folder / "networks" / "city_management.shp.zip"
    picked = network_frame(open_boundary_file(file, crs="EPSG:4547"))
    assert (picked.code_field, picked.name_field) == ("网格编号", "网格名称")
    codes = list(picked.frame["code"])
    assert [code for code in set(codes) if codes.count(code) > 1] == manifest["networks"]["city_management"][
        "duplicate_codes"
    ]
    layer = layer_frame(open_boundary_file(file, crs="EPSG:4547"))
    assert layer.code_field == "网格编号"


def test_no_field_that_looks_like_a_code_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"no field looks like a code .*the fields are: kind, area — .*--code-field"):
        network_frame(opened(tmp_path, kind=["a", "a", "b"], area=[1.5, 2.5, 3.5]))


def test_a_field_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    intake = opened(tmp_path, code=CODES, name=["x", "y", "z"])
    with pytest.raises(FileError, match="no field 'bianma' for the code; the fields are: code, name") as raised:
        network_frame(intake, code_field="bianma")
    assert raised.value.members["fields"] == ["code", "name"]
    assert network_frame(intake, code_field="CODE").code_field == "code"


def test_a_network_frame_has_its_columns(tmp_path: Path) -> None:
    fields = {"code": [1, 2, 3], "name": [" 甲 ", None, "丙"], "kind": ["resident", None, "business"]}
    picked = network_frame(opened(tmp_path, **fields), "code", "name", "kind")
    frame = picked.frame
    assert list(frame.columns) == ["code", "name", "kind", "properties", "geometry"]
    assert frame["code"].tolist() == ["1", "2", "3"]
    assert frame["name"].tolist() == ["甲", "", "丙"]
    assert frame["kind"].tolist() == ["resident", "", "business"]
    assert frame["properties"].tolist()[1:] == [{"code": 2}, {"code": 3, "name": "丙", "kind": "business"}]
    assert frame.crs.to_epsg() == 4326
    assert list(frame.index) == [0, 1, 2]


def test_without_a_name_field_the_code_is_the_name(tmp_path: Path) -> None:
    assert network_frame(opened(tmp_path, code=CODES)).frame["name"].tolist() == CODES


def test_an_empty_file_is_no_network(tmp_path: Path) -> None:
    path = tmp_path / "none.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    with pytest.raises(FileError, match="no features in it"):
        network_frame(open_boundary_file(path))


def test_a_layer_frame_has_a_float_column_for_each_quantity(tmp_path: Path) -> None:
    intake = opened(tmp_path, code=CODES, hu=["1,200", "", " 35 "], ren=[3, 4, 5])
    picked = layer_frame(intake, {"households": "hu", "people": "ren"})
    assert picked.frame["households"].tolist()[0::2] == [1200.0, 35.0]
    assert np.isnan(picked.frame["households"][1])
    assert picked.frame["people"].tolist() == [3.0, 4.0, 5.0]
    assert picked.frame["people"].dtype == np.float64
    assert any("households: 1 features have no hu" in note for note in picked.notes)
    assert picked.frame.geometry.name == "geometry"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["1", "about 300", "2"], "row 2, field hu: 'about 300' is not a number"),
        (["1", "2", "-5"], "row 3, field hu: -5 is negative"),
        (["inf", "2", "3"], "row 1, field hu: 'inf' is not a number"),
    ],
)
def test_a_quantity_that_is_no_count_names_row_and_field(tmp_path: Path, values: list[str], told: str) -> None:
    with pytest.raises(FileError, match=told) as raised:
        layer_frame(opened(tmp_path, code=CODES, hu=values), {"households": "hu"})
    assert raised.value.members["field"] == "hu"


def test_a_layer_without_codes_is_numbered(tmp_path: Path) -> None:
    picked = layer_frame(opened(tmp_path, hu=[1.5, 1.5, 2.5]), {"households": "hu"})
    assert picked.frame["code"].tolist() == ["1", "2", "3"]
    assert any("numbered" in note for note in picked.notes)


@pytest.mark.skipif(not SHARED.is_dir(), reason="reads ../shared/data/dirty, which is not beside this checkout")
@pytest.mark.parametrize("name", DIRTY or ["none"])
@pytest.mark.timeout(30)
def test_every_dirty_file_is_read_or_refused_in_a_sentence(name: str) -> None:
    """No other exception than OneGridError, under 30 s; a refusal tells what to do."""
    refusal = None
    try:
        intake = open_boundary_file(SHARED / name)
    except OneGridError as error:
        refusal = error
    if refusal is not None:
        assert refusal.members["remedy"]
        assert refusal.members["file"] == Path(name).name
        return
    assert intake.frame.crs.to_epsg() == 4326
    assert len(intake.frame) == len(intake.source.frame)
    shapes = intake.frame.geometry[~(intake.frame.geometry.isna() | intake.frame.geometry.is_empty)]
    if len(shapes):
        west, south, east, north = shapes.total_bounds
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90


@pytest.mark.skipif(not SHARED.is_dir(), reason="reads ../shared/data/dirty, which is not beside this checkout")
def test_the_dirty_files_are_there() -> None:
    assert len(DIRTY) > 90


@pytest.mark.parametrize("network", ["ward-2012", "trash-pickup-days-for-2015", "police-service-areas-psa"])
def test_networks_of_a_real_city_are_opened_whole(shared: Path, network: str) -> None:
    path = shared / f"data/washington_dc/networks/{network}.geojson"
    opened = open_boundary_file(path, ground=shapely.box(-77.12, 38.79, -76.91, 39.0))
    document = json.loads(path.read_text(encoding="utf-8"))
    assert len(opened.frame) == len(document["features"])
    assert len(network_frame(opened).frame) == len(opened.frame)


def test_the_zones_of_shenzhen_land_in_shenzhen(shared: Path) -> None:
    opened = open_boundary_file(shared / "data/china/shenzhen_taz_491_shp/SZ_districts.shp")
    assert (len(opened.frame), opened.crs_name) == (491, "EPSG:3857")
    west, south, east, north = opened.frame.total_bounds
    assert 113.7 < west < east < 114.7
    assert 22.4 < south < north < 22.9
