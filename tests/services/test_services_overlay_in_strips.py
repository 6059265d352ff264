"""Files overlaid strip by strip hold the pieces of files overlaid whole: that one is the oracle."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, Polygon, box

from app.errors import CrsUnclear, FileError, InputError
from app.services.plans.overlay import FileField, OverlayRequest, overlay_files
from app.services.plans.overlay_in_strips import overlay_in_strips
from app.spatial.pieces.overlay import OverlayOptions

CRS = "EPSG:4547"
X, Y = 470_000.0, 2_520_000.0


def cells(seed: int, count: int, side: float) -> list[Polygon]:
    """A wobbling grid of count × count cells."""
    rng = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(np.arange(count + 1.0), np.arange(count + 1.0)), axis=-1) * side + (X, Y)
    corners += rng.uniform(-0.3, 0.3, corners.shape) * side
    return [
        Polygon([corners[i, j], corners[i, j + 1], corners[i + 1, j + 1], corners[i + 1, j]])
        for i, j in np.ndindex(count, count)
    ]


@pytest.fixture
def files(tmp_path):
    def put(file, shapes, crs=CRS, **columns):
        made = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_crs(crs)
        made.to_parquet(tmp_path / file) if file.endswith("parquet") else made.to_file(tmp_path / file)

    a, b = cells(1, 9, 100.0), cells(2, 6, 140.0)
    bowtie = Polygon([(X + 950, Y), (X + 990, Y + 40), (X + 990, Y), (X + 950, Y + 40)])
    put("a.parquet", [*a, bowtie], code=[*(f"A{n:02d}" for n in range(len(a))), None])
    put("b.gpkg", b, wgbm=np.arange(len(b)) + 100)
    put("c.fgb", b[::2], "EPSG:4326", name=[f"C{n}" for n in range(len(b[::2]))])
    put("areas.gpkg", [box(X - 50, Y - 50, X + 400, Y + 900), box(X + 390, Y - 50, X + 900, Y + 800)], code=["1", "2"])
    put("road.gpkg", [LineString([(X - 100, Y + 333), (X + 1000, Y + 350)])], code=["r"])
    return tmp_path


def request(files, **more) -> OverlayRequest:
    networks = {"a": FileField(files / "a.parquet", "code"), "b": FileField(files / "b.gpkg", "wgbm")}
    given = {"areas": FileField(files / "areas.gpkg", "code"), "cuts": [files / "road.gpkg"], **more}
    return OverlayRequest(networks=given.pop("networks", networks), **given)


def rows(pieces):
    columns = [name for name in pieces.columns if name not in ("piece", "geometry")]
    return sorted(zip(pieces.geometry.to_wkb(), *(pieces[name].astype(str) for name in columns), strict=True))


@pytest.mark.parametrize("strips", [1, 2, 7, 40])
def test_same_pieces_and_figures_as_in_one_go(files, strips):
    options = OverlayOptions(strips=strips, sliver_area=60.0, sliver_width=4.0)
    whole = overlay_files(request(files, options=options))
    made = overlay_in_strips(request(files, options=options), files / "out.parquet")
    written = gpd.read_parquet(files / "out.parquet")
    assert rows(written) == rows(whole.pieces)
    assert written["piece"].tolist() == list(range(len(whole.pieces)))
    assert written.crs == whole.pieces.crs
    assert made.strips > strips * 0.8
    told, wanted = made.report, whole.laid.report
    assert told.slivers.absorbed == wanted.slivers.absorbed > 5
    assert (told.pieces, told.faces, told.holes, told.gaps_closed, told.contested, told.valid) == (
        wanted.pieces, wanted.faces, wanted.holes, wanted.gaps_closed, wanted.contested, True
    )  # fmt: skip
    for name, source in wanted.networks.items():
        assert told.networks[name].area_m2 == pytest.approx(source.area_m2)
        assert told.networks[name].error_max == pytest.approx(source.error_max, rel=1e-6)
        assert (told.networks[name].grids, told.networks[name].repaired) == (source.grids, source.repaired)


def test_degrees_and_metres_together_into_a_geopackage(files):
    networks = {"b": FileField(files / "b.gpkg"), "c": FileField(files / "c.fgb", "name")}
    asked = request(files, networks=networks, areas=None, cuts=[], crs=CRS, options=OverlayOptions(strips=5))
    overlay_in_strips(asked, files / "out.gpkg")
    written = gpd.read_file(files / "out.gpkg", layer="out")
    assert rows(written) == rows(overlay_files(asked).pieces)
    facts = gpd.read_file(files / "out.gpkg", layer="onegrid_metadata").set_index("key")["value"]
    assert '"pieces": ' in facts["overlay"]
    assert set(facts.index) == {"overlay", "strips", "inputs"}


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"quantities": {"h": FileField(None, "x")}}, InputError, "quantities"),
        ({"options": OverlayOptions(conflate=1.0)}, InputError, "conflation"),
        ({"networks": {"a": FileField("a.parquet", "kode")}}, FileError, "no field 'kode'"),
        ({"networks": {"c": FileField("c.fgb")}}, FileError, "not clear"),
        ({"networks": {"n": FileField("none.gpkg")}}, FileError, "no such file"),
        ({"networks": {"g": FileField("g.geojson")}}, InputError, "part by part"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing_behind(files, more, error, words):
    if "networks" in more:
        more = {"networks": {name: FileField(files / one.path, one.field) for name, one in more["networks"].items()}}
    before = set(files.iterdir())
    with pytest.raises(error, match=words):
        overlay_in_strips(request(files, **more), files / "out.parquet")
    assert set(files.iterdir()) == before


def test_a_file_without_a_system_asks_for_one(files):
    gpd.read_parquet(files / "a.parquet").set_crs(None, allow_override=True).to_parquet(files / "bare.parquet")
    bare = {"a": FileField(files / "bare.parquet", "code")}
    with pytest.raises(CrsUnclear):
        overlay_in_strips(request(files, networks=bare), files / "out.parquet")
    made = overlay_in_strips(request(files, networks=bare, crs=CRS), files / "out.parquet", memory_mb=500)
    assert (made.strips, made.report.crs) == (1, CRS)


def test_formats_that_cannot_be_appended_to_are_refused_before_anything_is_read(files):
    with pytest.raises(InputError, match="part by part"):
        overlay_in_strips(request(files), files / "out.geojson")
