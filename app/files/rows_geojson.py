"""GeoJSON features in chunks; what is not looked at is written back as it was understood."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from app.errors import FileError
from app.files.jsonstream import JsonFault, JsonStream
from app.files.rows import CHUNK_ROWS, Chunk, Points, text_of

EPSG = re.compile(r"EPSG:+(?:[\d.]*:)?(\d+)$")


class FeatureChunk:
    """Some features, as parsed."""

    def __init__(self, features: list[dict[str, Any]]) -> None:
        self.features = features

    @property
    def rows(self) -> int:
        return len(self.features)

    def column(self, field: str) -> pa.Array:
        """A property, as text; null where a feature lacks it."""
        values = [(feature.get("properties") or {}).get(field) for feature in self.features]
        return pa.array([None if value is None else text_of(value) for value in values], pa.string())

    def points(self) -> Points | None:
        pairs = np.array([_position(feature.get("geometry")) for feature in self.features], np.float64).reshape(-1, 2)
        return Points(pairs[:, 0].copy(), pairs[:, 1].copy())

    def table(self) -> pa.Table:
        raise FileError("features can only be written as GeoJSON", file="output", remedy="name it .geojson")


class FeatureSource:
    """A FeatureCollection; `fields` are the properties of the first feature."""

    has_geometry = True

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.members: dict[str, Any] = {}
        self._size = path.stat().st_size
        self._rows = 0
        self._features = self._read(path)
        self._waiting = next(self._features, None)
        self.fields = list((self._waiting or {}).get("properties") or {})
        self.crs: str | None = _declared(self.members.get("crs"))

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(field, pa.string()) for field in self.fields])

    def __getstate__(self) -> dict[str, Any]:
        """What sinks ask, as far as it is known by now; a copy reads nothing."""
        return {"name": self.name, "members": dict(self.members), "fields": self.fields, "crs": self.crs}

    def fraction(self) -> float:
        return 0.0

    def chunks(self) -> Iterator[Chunk]:
        held = [] if self._waiting is None else [self._waiting]
        first = True
        for feature in self._features:
            held.append(feature)
            if len(held) == CHUNK_ROWS:
                yield FeatureChunk(held)
                held, first = [], False
        if held or first:
            yield FeatureChunk(held)

    def _read(self, path: Path) -> Iterator[dict[str, Any]]:
        """Features one by one; the other members of the collection are kept in `members`."""
        try:
            with JsonStream(path, "utf-8-sig") as stream:
                if stream.peek() != "{":
                    raise FileError("no FeatureCollection", file=self.name)
                found = False
                for key in stream.members():
                    if key == "features" and stream.peek() == "[":
                        found = True
                        yield from map(self._feature, stream.items())
                    else:
                        self.members[key] = stream.value()
        except JsonFault as fault:
            where = f"line {fault.line}, column {fault.column}"
            raise FileError(f"not JSON at {where}: {fault.reason}", file=self.name) from None
        if not found:
            raise FileError("no FeatureCollection: it has no member `features`", file=self.name)

    def _feature(self, value: Any) -> dict[str, Any]:
        self._rows += 1
        if not isinstance(value, dict) or value.get("type") != "Feature":
            raise FileError("this member of `features` is no Feature", file=self.name, row=self._rows)
        if not isinstance(value.get("properties"), dict | None):
            raise FileError("its properties are no object", file=self.name, row=self._rows)
        return value


class FeatureSink:
    """A FeatureCollection with the added values among the properties, one feature a line."""

    def __init__(self, handle: BinaryIO, source: FeatureSource) -> None:
        self._handle = handle
        self._source = source
        self._separator = b"\n"
        self._handle.write(b'{"type": "FeatureCollection", "features": [')

    def write(self, chunk: Chunk, added: pa.Table) -> None:
        if not isinstance(chunk, FeatureChunk):
            raise FileError("only GeoJSON can be written as GeoJSON", file="output", remedy="choose another suffix")
        for feature, more in zip(chunk.features, added.to_pylist(), strict=True):
            merged = feature | {"properties": (feature.get("properties") or {}) | more}
            self._handle.write(self._separator + json.dumps(merged, ensure_ascii=False).encode())
            self._separator = b",\n"

    def close(self) -> None:
        self._handle.write(b"\n]")
        for key, value in self._source.members.items():
            if key != "type":
                self._handle.write(f", {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}".encode())
        self._handle.write(b"}\n")


def _position(geometry: Any) -> tuple[float, float]:
    try:
        if geometry["type"] == "Point":
            x, y = geometry["coordinates"][:2]
            return float(x), float(y)
    except (TypeError, KeyError, ValueError, OverflowError):
        pass
    return float("nan"), float("nan")


def _declared(member: Any) -> str | None:
    """WGS 84 by RFC 7946; what the `crs` member of older files names; None for a name that is not understood."""
    if member is None:
        return "wgs84"
    name = str(member.get("properties", {}).get("name", "")) if isinstance(member, dict) else ""
    if name.endswith("CRS84"):
        return "wgs84"
    number = EPSG.search(name)
    return f"EPSG:{number[1]}" if number else None
