"""What came out of a file: its rows as they are, and what must be known about the file before anybody trusts them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

SAMPLES = 5
SAMPLE_CHARS = 80


@dataclass(frozen=True)
class Defect:
    """Something wrong with one feature as it is written in the file, that the frame no longer shows.

    `row` is the 1-based number of the feature in the file, `x, y` a place in the file's own coordinates. `kind` is
    one of `unclosed_ring` (closed on reading), `too_few_points`, `broken_geometry` (unreadable: the row has no
    geometry), `not_a_feature` (the row is empty), `height_or_measure` (a fourth number per position was left out).
    """

    kind: str
    detail: str
    row: int | None = None
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class Content:
    """What one reader (GeoJSON, shapefile, GDAL, Parquet) found: rows, declared system, notes."""

    frame: gpd.GeoDataFrame
    crs: CRS | None
    crs_reason: str
    layer: str
    layers: tuple[str, ...]
    encoding: str = "utf-8"
    encoding_reason: str = "the format is always UTF-8"
    notes: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()


@dataclass(frozen=True, eq=False)
class Source:
    """A file that was read. `frame` has the file's columns and `geometry`, in the file's coordinates and order.

    Row i of the frame (from 0) is feature i + 1 of the file, also where a feature could not be read (its row is
    empty then). `crs` is what the file declares, or None; `crs_reason` says where that was found. `sha256` and
    `size` (bytes) are of the file as given (of all its parts for a loose shapefile). `samples` has the first values
    of each field, as text.
    """

    frame: gpd.GeoDataFrame
    crs: CRS | None
    crs_reason: str
    format: str
    layer: str
    layers: tuple[str, ...]
    encoding: str
    encoding_reason: str
    file: str
    sha256: str
    size: int
    notes: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()
    samples: dict[str, list[str]] = field(default_factory=dict)

    @property
    def fields(self) -> list[str]:
        return [str(name) for name in self.frame.columns if name != self.frame.geometry.name]

    def to_dict(self) -> dict[str, Any]:
        """For a preview: everything but the rows."""
        return {
            "file": self.file, "format": self.format, "layer": self.layer, "layers": list(self.layers),
            "features": len(self.frame), "fields": self.fields, "samples": self.samples,
            "encoding": self.encoding, "encoding_reason": self.encoding_reason,
            "sha256": self.sha256, "size": self.size, "notes": list(self.notes),
            "defects": [vars(defect) for defect in self.defects],
        }  # fmt: skip


def plain_crs(crs: CRS) -> CRS:
    """The register's own system where it is one (ESRI's spellings too, OGC:CRS84 as EPSG:4326), without heights."""
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if len(crs.axis_info) > 2:
        crs = crs.to_2d()
    number = 4326 if crs.to_authority() == ("OGC", "CRS84") else crs.to_epsg(min_confidence=70)
    return CRS.from_epsg(number) if number else crs


def samples_of(frame: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """The first values (up to five that are not empty) of each field, as text."""
    made: dict[str, list[str]] = {}
    for name in frame.columns:
        if name == frame.geometry.name:
            continue
        values = frame[name].head(1_000).dropna().head(SAMPLES)
        made[str(name)] = [_text(value)[:SAMPLE_CHARS] for value in values]
    return made


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def text_column(values: list[Any]) -> pd.Series:
    """A column from values of mixed kinds: pandas' choice where they agree, the values as they are where they do
    not."""
    made = pd.Series(values, dtype=object)
    inferred = made.infer_objects()
    return inferred if inferred.dtype != object else made
