"""All tiles of a map in one file: PMTiles 3, which browsers read piece by piece from any plain file server."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from app.errors import InputError

SUFFIX = ".pmtiles"
E7 = 10_000_000
Tiles = Iterable[tuple[tuple[int, int, int], bytes]]


def write_tiles(path: Path, tiles: Tiles, bounds: tuple[float, float, float, float], about: Mapping[str, Any]) -> int:
    """Write vector tiles ((z, x, y), content) as an archive; returns how many. `bounds`: degrees.

    The file appears whole or not at all. InputError where there is no tile.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=SUFFIX, delete=False) as file:
        made = Path(file.name)
        try:
            written = _write(Writer(file), sorted(tiles, key=lambda tile: zxy_to_tileid(*tile[0])), bounds, about)
        except BaseException:
            made.unlink()
            raise
    made.replace(path)
    return written


def _write(writer: Writer, tiles: Tiles, bounds: tuple[float, float, float, float], about: Mapping[str, Any]) -> int:
    written = 0
    for address, content in tiles:
        writer.write_tile(zxy_to_tileid(*address), gzip.compress(content, mtime=0))
        written += 1
    if not written:
        raise InputError("there is no grid to draw, and so no tile to write")
    writer.finalize(_header(bounds), dict(about))
    return written


def _header(bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    west, south, east, north = (round(degrees * E7) for degrees in bounds)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west, "min_lat_e7": south, "max_lon_e7": east, "max_lat_e7": north,
        "center_zoom": 11, "center_lon_e7": (west + east) // 2, "center_lat_e7": (south + north) // 2,
    }  # fmt: skip
