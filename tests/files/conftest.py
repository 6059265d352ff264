"""Small boundary files made for the tests, so that the suite needs nothing from outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

NAMES = ["南沙街道第一网格", "珠江街道第二网格", "龙穴街道第三网格"]
Shapefile = Callable[..., Path]


@pytest.fixture
def grids() -> gpd.GeoDataFrame:
    """Three grids side by side in Nansha."""
    shapes = [shapely.box(113.5 + n / 100, 22.7, 113.51 + n / 100, 22.71) for n in range(3)]
    fields = {"code": ["440115001", "440115002", "440115003"], "name": NAMES, "households": [310, 420, 505]}
    return gpd.GeoDataFrame(fields, geometry=shapes, crs="EPSG:4326")


@pytest.fixture
def shapefile(grids: gpd.GeoDataFrame, tmp_path: Path) -> Shapefile:
    """Write a loose shapefile with a table in `encoding`; `cpg` and `ldid` are set as told, whatever the truth."""

    def write(
        stem: str = "wangge", *, encoding: str = "GBK", cpg: str | None = None, ldid: int = 0, frame: object = None
    ) -> Path:
        path = tmp_path / f"{stem}.shp"
        pyogrio.write_dataframe(grids if frame is None else frame, path, driver="ESRI Shapefile", encoding=encoding)
        path.with_suffix(".cpg").unlink(missing_ok=True)
        if cpg is not None:
            path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
        table = bytearray(path.with_suffix(".dbf").read_bytes())
        table[29] = ldid
        path.with_suffix(".dbf").write_bytes(table)
        return path

    return write
