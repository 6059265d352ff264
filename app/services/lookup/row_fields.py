"""Fields of rows as numbers and moments: which field is which, and what cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from app.errors import FileError, InputError
from app.files.rows import Source
from app.rules.time.moments import parse_moment
from app.rules.time.timeline import stamps

Floats = npt.NDArray[np.float64]
Stamps = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LON_NAMES = ("lon", "longitude", "lng", "long", "经度", "x", "east", "easting")
LAT_NAMES = ("lat", "latitude", "纬度", "y", "north", "northing")
NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"


@dataclass(frozen=True)
class RowFields:
    """Which fields hold what. `lon` and `lat` are empty when the rows' geometry gives the point; `guessed` when nobody
    named them."""

    lon: str = ""
    lat: str = ""
    at: str = ""
    guessed: bool = False
    matter: str = ""
    crs: str = ""

    @property
    def is_geometry(self) -> bool:
        return not self.lon


def choose_fields(
    source: Source, lon: str | None, lat: str | None, at: str | None, matter: str | None, crs: str | None = None
) -> RowFields:
    """The fields as named, else guessed by their names, else the geometry. FileError when there is no way."""
    for named in (lon, lat, at, matter, crs):
        if named and named not in source.fields:
            raise FileError(f"no such field; there are: {', '.join(source.fields)}", file=source.name, field=named)
    if bool(lon) != bool(lat):
        raise InputError("name both fields of the point: --lon-field and --lat-field")
    if lon and lat:
        return RowFields(lon, lat, at or "", matter=matter or "", crs=crs or "")
    if source.has_geometry:
        return RowFields(at=at or "", matter=matter or "", crs=crs or "")
    found = (_named(source.fields, LON_NAMES), _named(source.fields, LAT_NAMES))
    if not (found[0] and found[1]):
        listed = ", ".join(source.fields)
        raise FileError(
            f"which fields hold the point? there are: {listed}",
            file=source.name,
            remedy="name them with --lon-field and --lat-field",
        )
    return RowFields(found[0], found[1], at or "", guessed=True, matter=matter or "", crs=crs or "")


def numbers(values: pa.Array) -> Floats:
    """Float64, NaN for what is no plain number. Text is read to the nearest double, as every other reader does."""
    values = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        trimmed = pc.utf8_trim_whitespace(values)
        usable = pc.match_substring_regex(trimmed, NUMBER)
        trimmed = pc.if_else(usable, pc.utf8_ltrim(trimmed, "+"), pa.scalar(None, trimmed.type))
        values = trimmed.cast(pa.float64())
    elif not (
        pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_decimal(values.type)
    ):
        return np.full(len(values), np.nan)
    else:
        values = values.cast(pa.float64(), safe=False)
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def codes(values: pa.Array) -> npt.NDArray[np.object_]:
    """Codes as texts without outer blanks, '' for none; a number is read as its digits."""
    texts = pc.utf8_trim_whitespace(values.cast(pa.string())).fill_null("")
    return np.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)


def moments(values: pa.Array, zone: str) -> tuple[Stamps, Flags]:
    """Microseconds since 1970 in UTC, and which could not be read. Times without a zone are local in `zone`."""
    if pa.types.is_date(values.type) or (pa.types.is_timestamp(values.type) and values.type.tz is None):
        values = pc.assume_timezone(
            values.cast(pa.timestamp("us"), safe=False), zone, ambiguous="earliest", nonexistent="earliest"
        )
    if pa.types.is_timestamp(values.type):
        wrong = np.asarray(values.is_null().to_numpy(zero_copy_only=False), dtype=bool)
        filled = values.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64()).fill_null(0)
        return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64), wrong
    return _texts(values, zone)


def _texts(values: pa.Array, zone: str) -> tuple[Stamps, Flags]:
    """Each different text is read once."""
    coded = values if pa.types.is_dictionary(values.type) else values.cast(pa.string()).dictionary_encode()
    read = [_moment(text, zone) for text in coded.dictionary.to_pylist()]
    known = stamps([moment or datetime(1970, 1, 1, tzinfo=UTC) for moment in read] + [datetime(1970, 1, 1, tzinfo=UTC)])
    bad = np.array([moment is None for moment in read] + [True])
    codes = np.asarray(coded.indices.fill_null(len(read)).to_numpy(zero_copy_only=False), dtype=np.int64)
    return known[codes], bad[codes]


def _moment(text: str | None, zone: str) -> datetime | None:
    try:
        return parse_moment(text or "", zone)
    except InputError:
        return None


def _named(fields: Sequence[str], names: Sequence[str]) -> str:
    """The field with the first of `names`, in any case; '' without one."""
    by_name = {field.strip().lower(): field for field in reversed(fields)}
    return next((by_name[name] for name in names if name in by_name), "")
