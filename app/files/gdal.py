"""The one door to GDAL: its warnings become notes, its errors sentences, its settings are put back."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from app.errors import FileError, TooLarge
from app.files.archives import Limits
from app.files.positions import HUGE
from app.files.source import Defect, plain_crs

DAMAGE = (
    RuntimeError, ValueError, OSError, ArithmeticError, LookupError, TypeError, NameError, pyarrow.ArrowException
)  # fmt: skip
"""What damaged bytes raise in GDAL, Arrow, NumPy and PROJ. pyogrio's errors are RuntimeErrors, UnicodeError a
ValueError; a NameError is pyogrio's own slip over a coordinate system that is not UTF-8."""

# GDAL's settings and Python's warning filters belong to the whole process, so one file is read at a time.
_LOCK = threading.RLock()

SILENT = (
    "Non closed ring detected",  # reported per feature as unclosed_ring
    "Measured (M) geometry types are not supported",  # said in our words below
    "organizePolygons() received",  # a hint on speed
)


@dataclass(frozen=True)
class Layer:
    """One layer as GDAL gives it, row for row."""

    frame: gpd.GeoDataFrame
    crs: CRS | None
    notes: tuple[str, ...]
    defects: tuple[Defect, ...]


def layer_names(path: Path, shown: str) -> list[tuple[str, str | None]]:
    """(name, geometry type or None for a plain table) of each layer."""
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
        except DAMAGE as error:
            raise _sentence(error, shown) from None


def read_layer(
    path: Path,
    shown: str,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    limits: Limits,
    settings: dict[str, str] | None = None,
    deleted: int = 0,
) -> Layer:
    """Read one layer with GDAL. Raises TooLarge, and FileError also when fewer rows come than GDAL counts.

    `settings` are GDAL's, for this call; `deleted` rows are counted by GDAL, but rightly not given.
    """
    with _LOCK, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        before = {name: pyogrio.get_gdal_config_option(name) for name in settings or {}}
        pyogrio.set_gdal_config_options(settings or {})
        try:
            count = pyogrio.read_info(path, layer=layer, encoding=encoding)["features"]
            if count > limits.max_features:
                raise TooLarge(f"{shown}: {count:,} features, more than {limits.max_features:,}")
            meta, table = pyogrio.read_arrow(path, layer=layer, encoding=encoding)
            table.validate(full=True)  # pandas takes over texts that are not UTF-8 and stumbles much later
            made = _layer(meta, table, [str(warning.message) for warning in caught])
        except DAMAGE as error:
            raise _sentence(error, shown) from None
        finally:
            pyogrio.set_gdal_config_options(before)
    if count >= 0 and count - deleted != len(made.frame):
        detail = f"only {len(made.frame):,} of its {count - deleted:,} features can be read"
        raise FileError(detail, file=shown, remedy="export or copy it again")
    return made


def layer_facts(path: Path, shown: str) -> dict[str, Any]:
    """The only layer's `crs` (None: undefined), `fields`, `features` and `total_bounds`. Raises FileError."""
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            told = pyogrio.read_info(path, force_feature_count=True, force_total_bounds=True)
        except DAMAGE as error:
            raise _sentence(error, shown) from None
    return {
        "crs": known_crs(told["crs"]),
        "fields": [str(name) for name in told["fields"]],
        "features": int(told["features"]),
        "total_bounds": told["total_bounds"],
    }


def read_rows(path: Path, shown: str, columns: Sequence[str], first: int, count: int) -> tuple[Any, str]:
    """Some features from position `first` on: an Arrow table and the name of its geometry column. Raises FileError."""
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            meta, table = pyogrio.read_arrow(path, columns=list(columns), skip_features=first, max_features=count)
            table.validate(full=True)
        except DAMAGE as error:
            raise _sentence(error, shown) from None
    return table, str(meta["geometry_name"] or "wkb_geometry")


def write_layer(frame: pd.DataFrame, path: Path, driver: str, *, append: bool = False, **options: Any) -> None:
    """Write one layer with GDAL, its date of change fixed so that the same content gives the same bytes."""
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "1980-01-01T00:00:00.000Z"})
        try:
            pyogrio.write_dataframe(frame, path, driver=driver, append=append, **options)
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def known_crs(declared: str | None) -> CRS | None:
    """A declared system; None for GDAL's 'undefined' ones and for what PROJ does not understand. Heights are left
    out."""
    if not declared:
        return None
    try:
        found = plain_crs(CRS.from_user_input(declared))
    except (CRSError, IndexError):
        return None
    undefined = found.is_engineering or found.name.lower().startswith(("undefined", "unknown engineering"))
    return None if undefined else found


def _layer(meta: dict[str, Any], table: Any, messages: list[str]) -> Layer:
    geometry_name = meta["geometry_name"] or "wkb_geometry"
    names = list(table.column_names)
    if geometry_name in names:
        blobs = table.column(geometry_name).to_numpy(zero_copy_only=False)
        attributes = _columns(table.drop_columns([geometry_name]))
        shapes, defects = shapes_of(blobs)
    else:
        attributes, shapes, defects = _columns(table), np.full(table.num_rows, None, dtype=object), []
    attributes = attributes.rename(columns={"geometry": "geometry_"})
    crs = known_crs(meta.get("crs"))
    frame = gpd.GeoDataFrame(attributes, geometry=gpd.GeoSeries(shapes, index=attributes.index), crs=crs)
    return Layer(frame, crs, tuple(_notes(messages)), tuple(defects))


def _columns(table: Any) -> pd.DataFrame:
    """Columns as pandas holds them; whole numbers with gaps stay whole where a float would lose digits (codes of 17
    and more)."""
    made: pd.DataFrame = table.rename_columns(unique(table.column_names)).to_pandas(integer_object_nulls=True)
    for name, kind in zip(made.columns, table.schema.types, strict=True):
        if pyarrow.types.is_integer(kind) and made[name].dtype == object:
            largest = max((abs(value) for value in made[name] if value is not None), default=0)
            made[name] = made[name].astype(float) if largest < 2**53 else made[name]
    return made


def unique(names: Sequence[str]) -> list[str]:
    """The names, a later one of the same with `_2`, `_3`, …"""
    taken = set(names)
    made: list[str] = []
    for name in names:
        number, fresh = 1, name
        while fresh in made or (number > 1 and fresh in taken):
            number += 1
            fresh = f"{name}_{number}"
        made.append(fresh)
    return made


def shapes_of(blobs: Any) -> tuple[Any, list[Defect]]:
    """WKB to shapes; an unclosed ring is closed and reported, what is beyond that becomes None and is reported."""
    shapes = _parsed(blobs)
    defects: dict[int, Defect] = {}
    for place in np.flatnonzero(shapely.is_missing(shapes)).tolist():
        if blobs[place] is not None:
            shapes[place], defects[place] = _mended(blobs[place], place + 1)
    for place in np.flatnonzero((np.abs(shapely.bounds(shapes)) >= HUGE).any(axis=1)).tolist():
        detail = "the coordinates are no place on earth; the geometry is left out"
        shapes[place], defects[place] = None, Defect("broken_geometry", detail, place + 1)
    return shapes, [defects[place] for place in sorted(defects)]


def _parsed(blobs: Any) -> Any:
    """An array of shapes, None for what is missing or needs mending; curves would stop the fast way for all of them."""
    try:
        return np.asarray(shapely.from_wkb(blobs, on_invalid="ignore"), dtype=object)
    except NotImplementedError:
        made = np.full(len(blobs), None, dtype=object)
        for place, blob in enumerate(blobs):
            with contextlib.suppress(NotImplementedError):
                made[place] = shapely.from_wkb(blob, on_invalid="ignore")
        return made


def _mended(blob: bytes, row: int) -> tuple[shapely.Geometry | None, Defect]:
    try:
        mended = shapely.from_wkb(blob, on_invalid="fix")
    except NotImplementedError:
        return None, Defect("broken_geometry", "it has curves (arcs); export it with straight lines", row)
    if mended is None or mended.is_empty:
        return None, Defect("broken_geometry", "the geometry cannot be read", row)
    x, y = shapely.get_coordinates(mended)[0].tolist()
    detail = "a ring is not closed or has too few points; it was closed with a straight line"
    return mended, Defect("unclosed_ring", detail, row, x, y)


def _notes(messages: list[str]) -> list[str]:
    made: list[str] = []
    for message in dict.fromkeys(messages):
        if message.startswith("Measured (M)"):
            made.append("measures (M) of the coordinates were left out")
        elif not message.startswith(SILENT):
            made.append(f"the reader says: {' '.join(message.split())[:200]}")
    return list(dict.fromkeys(made))


def _sentence(error: Exception, shown: str) -> FileError:
    """GDAL's words as a sentence with a remedy."""
    text = " ".join(str(error).split())
    again = "export or copy it again"
    if "not recognized as being in a supported file format" in text or "not recognized as a supported" in text:
        return FileError("the content does not fit the format (damaged, or another format)", file=shown, remedy=again)
    if "shx" in text.lower():
        return FileError("its shapes cannot be read", file=shown, remedy=again)
    if "memory" in text.lower():
        return FileError("a feature claims an impossible size: the file is damaged", file=shown, remedy=again)
    return FileError(f"it cannot be read ({text.replace(str(shown), '')[:200]})", file=shown, remedy=again)
