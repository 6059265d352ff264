"""`onegrid overlay` on small files: no database, metric files without a round trip, errors in one line."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import typer
from shapely import LineString, Point, box
from typer.testing import CliRunner

from app.cli.plans.overlay import overlay
from app.errors import FileError, InputError

CRS = "EPSG:4547"
X, Y = 470_000.0, 2_520_000.0


@pytest.fixture
def command() -> typer.Typer:
    app = typer.Typer()
    app.command()(overlay)
    return app


@pytest.fixture
def files(tmp_path):
    def put(file, shapes, crs=CRS, **columns):
        moved = [shape.__class__([(X + x, Y + y) for x, y in points(shape)]) for shape in shapes]
        gpd.GeoDataFrame(columns, geometry=moved, crs=CRS).to_crs(crs).to_file(tmp_path / file)
        return tmp_path / file

    def points(shape):
        return shape.exterior.coords if shape.geom_type == "Polygon" else shape.coords

    put("a.gpkg", [box(0, 0, 100, 100), box(100, 0, 200, 100)], 网格编码=["A1", "A2"])
    put("b.gpkg", [box(0, 0, 150, 100)], code=["B1"])
    put("b84.geojson", [box(0, 0, 150, 100)], crs="EPSG:4326", code=["B1"])
    put("areas.gpkg", [box(0, 0, 200, 60), box(0, 60, 200, 100)], code=["440115001", "440115002"])
    put("road.gpkg", [LineString([(50, -10), (50, 110)])], name=["road"])
    put("homes.gpkg", [box(0, 0, 200, 100)], code=["z"], hh=[800])
    put("shops.gpkg", [Point(10, 10), Point(100, 50), Point(300, 300)], code=["1", "2", "3"])
    return tmp_path


def run(command, files, *arguments, out="pieces.parquet"):
    arguments = [str(argument).replace("@", f"{files}/") for argument in arguments]
    result = CliRunner().invoke(command, [*arguments, "-o", str(files / out), "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_pieces_with_areas_cuts_and_quantities(command, files):
    told = run(
        command, files, "a=@a.gpkg:网格编码", "b=@b.gpkg:code", "--areas", "@areas.gpkg:code", "--cut", "@road.gpkg",
        "--quantity", "households=@homes.gpkg:hh", "--quantity", "businesses=@shops.gpkg",
    )  # fmt: skip
    pieces = gpd.read_parquet(files / "pieces.parquet")
    assert pieces.crs == CRS
    assert told["overlay"]["pieces"] == len(pieces) == 8
    assert pieces.columns.tolist() == [
        "piece", "a", "b", "area", "households", "businesses", "area_m2", "geometry"]  # fmt: skip
    assert sorted(pieces["area_m2"]) == [2000.0, 2000.0, 2000.0, 2000.0, 3000.0, 3000.0, 3000.0, 3000.0]
    assert pieces["households"].sum() == pytest.approx(800)
    assert told["quantities"]["businesses"]["unplaced"] == [3]
    assert pieces["businesses"].sum() == 2
    assert told["overlay"]["valid"]


def test_metric_files_are_laid_over_in_their_own_system_to_the_last_digit(command, files):
    run(command, files, "a=@a.gpkg:网格编码", "b=@b.gpkg:code")
    pieces = gpd.read_parquet(files / "pieces.parquet")
    corners = set(pieces.get_coordinates().itertuples(index=False, name=None))
    assert corners == {(X + x, Y + y) for x in (0, 100, 150, 200) for y in (0, 100)}


def test_files_in_several_systems_meet_in_one(command, files):
    told = run(command, files, "a=@a.gpkg:网格编码", "b=@b84.geojson:code", "--crs", CRS)
    pieces = gpd.read_parquet(files / "pieces.parquet")
    assert told["overlay"]["crs"] == CRS
    assert pieces["area_m2"].sum() == pytest.approx(20_000, rel=1e-6)
    assert len(pieces) == 3  # what the way through degrees moved was a sliver
    chosen = run(command, files, "a=@a.gpkg:网格编码", "b=@b84.geojson:code")
    assert chosen["overlay"]["crs"] == "EPSG:4547"  # 3° Gauss–Krüger of 114° E, chosen for the place


def test_people_are_told_the_figures(command, files):
    arguments = [f"a={files}/a.gpkg:网格编码", f"b={files}/b.gpkg:code", "-o", str(files / "pieces.geojson")]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0
    for word in ("3 pieces written", "valid coverage", "area error", "0 left", "seconds"):
        assert word in result.stdout


def test_what_is_wrong_is_said(command, files):
    with pytest.raises(FileError, match="nofield"):
        run(command, files, "a=@a.gpkg:nofield")
    with pytest.raises(FileError, match=r"missing\.gpkg"):
        run(command, files, "a=@missing.gpkg:code")
    with pytest.raises(InputError, match="cannot be called"):
        run(command, files, "area=@a.gpkg:网格编码")
    for arguments in (["a.gpkg"], ["a=@a.gpkg:网格编码", "a=@b.gpkg:code"]):
        result = CliRunner().invoke(command, [*arguments, "-o", str(files / "x.parquet")])
        assert result.exit_code == 2


def test_borders_and_moves_are_written_where_asked_for(command, files):
    told = run(
        command, files, "a=@a.gpkg:网格编码", "b=@b.gpkg:code", "--cut", "@road.gpkg", "--borders", "@borders.gpkg",
        "--moves", "@moves.geojson", "--conflate", "60", "--authority", "b,a", "--strips", "2",
    )  # fmt: skip
    borders, moves = gpd.read_file(files / "borders.gpkg"), gpd.read_file(files / "moves.geojson")
    assert told["overlay"]["conflation"]["authority"][:2] == ["b", "a"]
    assert told["overlay"]["conflation"]["networks"]["a"]["moved"] == len(moves[moves["network"] == "a"]) > 0
    assert moves["distance_m"].max() <= 60
    assert set("|".join(borders["drawn_by"]).split("|")) == {"a", "b", str(files / "road.gpkg")}
    assert {"left", "right", "length_m"} <= set(borders.columns)


def test_strip_by_strip_in_bounded_memory_gives_the_same_pieces(command, files):
    given = ("a=@a.gpkg:网格编码", "b=@b.gpkg:code", "--areas", "@areas.gpkg:code", "--cut", "@road.gpkg")
    told = run(command, files, *given, "--memory", "600", "--strips", "3", out="strips.parquet")
    whole = run(command, files, *given)
    assert told["strips"] == 3
    assert told["overlay"]["pieces"] == whole["overlay"]["pieces"]
    strips, one = (gpd.read_parquet(files / name) for name in ("strips.parquet", "pieces.parquet"))
    assert sorted(strips.geometry.to_wkb()) == sorted(one.geometry.to_wkb())
    with pytest.raises(InputError, match="quantities"):
        run(command, files, *given, "--memory", "600", "--quantity", "households=@homes.gpkg:hh")
