"""Tiles made at publication, drawn on request, and written as an archive; read back by GDAL's MVT driver and by the
reader of PMTiles."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader
from published import publish
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import InputError
from app.models.editions import Edition
from app.services.networks import exports, tiles
from app.spatial.drawing.tiling import Tile, pixel_degrees
from app.store.networks import tiles as store

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SIDE, DEGREES = 20, 0.005
CITY = Tile(10, 833, 447)
"""The tile that the whole of `edition` lies in."""


@pytest.fixture
def edition(session: Session) -> Edition:
    """400 squares of some 500 m, in degrees."""
    west = 113.0 + np.tile(np.arange(SIDE), SIDE) * DEGREES
    south = 22.0 + np.repeat(np.arange(SIDE), SIDE) * DEGREES
    squares = shapely.box(west, south, west + DEGREES, south + DEGREES)
    return publish(session, "a", [f"{number:03}" for number in range(len(squares))], squares)


def decoded(content: bytes, tile: Tile, folder: Path, layer: str = "grids") -> gpd.GeoDataFrame:
    path = folder / f"{tile.z}-{tile.x}-{tile.y}.mvt"
    path.write_bytes(content)
    return gpd.read_file(path, layer=layer, engine="pyogrio", X=tile.x, Y=tile.y, Z=tile.z).to_crs(4326)


def test_crowded_tiles_are_kept_and_the_others_drawn(session: Session, edition: Edition, tmp_path: Path) -> None:
    before = tiles.tile(session, edition.id, *CITY).content  # of an edition without outlines
    made = tiles.prepare(session, edition.id)
    rows = session.execute(text("SELECT z, x, y FROM tiles ORDER BY z")).all()
    assert made == len(rows) > CITY.z
    assert tuple(CITY) in [tuple(row) for row in rows]
    kept = tiles.tile(session, edition.id, *CITY).content
    assert len(decoded(kept, CITY, tmp_path)) == len(decoded(before, CITY, tmp_path)) == SIDE * SIDE
    inside = Tile(14, CITY.x * 16 + 8, CITY.y * 16 + 10)
    assert store.kept(session, edition.id, inside) is None
    assert 0 < len(decoded(tiles.tile(session, edition.id, *inside).content, inside, tmp_path)) <= tiles.MOST_DRAWN


def test_a_border_between_neighbours_is_drawn_once(session: Session, edition: Edition, tmp_path: Path) -> None:
    """20 × 20 squares: 2 × 20 × 21 sides. Without outlines each square has its own four."""
    lengths = []
    for _ in range(2):
        lines = decoded(tiles.tile(session, edition.id, *CITY).content, CITY, tmp_path, "borders").geometry.to_numpy()
        lengths.append(shapely.length(lines).sum() / DEGREES)
        tiles.prepare(session, edition.id)
    assert lengths == pytest.approx([4 * SIDE**2, 2 * SIDE * (SIDE + 1)], rel=0.01)


def test_without_outlines_each_grid_is_simplified_to_a_pixel(session: Session, tmp_path: Path) -> None:
    turn = np.linspace(0.0, 2 * np.pi, 2_000, endpoint=False)
    round_ = shapely.Polygon(np.column_stack([113.1 + 0.05 * np.cos(turn), 22.1 + 0.05 * np.sin(turn)]))
    edition = publish(session, "a", ["1"], np.array([round_], dtype=object))
    pixel = pixel_degrees(CITY)
    assert pixel == pytest.approx(360 / 2**10 / 512 * np.cos(np.radians(22.1)), rel=0.01)
    drawn = decoded(tiles.tile(session, edition.id, *CITY).content, CITY, tmp_path).geometry[0]
    assert shapely.get_num_coordinates(drawn) < 100
    assert shapely.hausdorff_distance(drawn.boundary, round_.boundary) < 1.5 * pixel
    deep = Tile(15, CITY.x * 32 + 9, CITY.y * 32 + 19)
    assert tiles.tile(session, edition.id, *deep).content == store.draw(session, edition.id, deep, None, 1 / 64)


def test_what_is_prepared_once_is_not_prepared_again(session: Session, edition: Edition) -> None:
    assert tiles.prepare(session, edition.id) > 0
    assert tiles.prepare(session, edition.id) == 0


def test_a_kept_tile_is_what_would_be_drawn(session: Session, edition: Edition) -> None:
    tiles.prepare(session, edition.id)
    assert store.kept(session, edition.id, CITY) == store.draw(session, edition.id, CITY, 10, 1 / 64)


def test_an_archive_holds_the_tiles_that_are_served(session: Session, edition: Edition, tmp_path: Path) -> None:
    tiles.prepare(session, edition.id)
    path = tmp_path / "a.pmtiles"
    said = exports.export_network(session, "a", NOW, path)
    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
        header, about = reader.header(), reader.metadata()
        found = reader.get(*CITY)
        deep = reader.get(14, CITY.x * 16 + 8, CITY.y * 16 + 10)
    assert found is not None
    assert gzip.decompress(found) == tiles.tile(session, edition.id, *CITY).content
    assert (
        gzip.decompress(deep or b"") == tiles.tile(session, edition.id, 14, CITY.x * 16 + 8, CITY.y * 16 + 10).content
    )
    assert (header["min_zoom"], header["max_zoom"]) == (4, exports.ARCHIVED_ZOOM)  # from farther the city is a dot
    assert header["addressed_tiles_count"] == said["tiles"]
    assert (header["min_lon_e7"], header["max_lat_e7"]) == (1_130_000_000, 221_000_000)
    assert (about["network"], about["edition"], about["vector_layers"][0]["id"]) == ("a", edition.id, "grids")
    assert [file.name for file in tmp_path.iterdir()] == ["a.pmtiles"]


def test_an_edition_without_grids_gives_no_archive_and_leaves_no_file(session: Session, tmp_path: Path) -> None:
    publish(session, "empty", [], np.empty(0, dtype=object))
    with pytest.raises(InputError, match="no grid to draw"):
        exports.export_network(session, "empty", NOW, tmp_path / "e.pmtiles")
    assert list(tmp_path.iterdir()) == []
