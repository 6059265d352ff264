"""GeoJSON, feature by feature: nothing is dropped or mended without a word.

GDAL is not used here: it leaves out features that it does not understand, closes or loses rings and mixes up row
numbers in silence. This reader goes through the file once, holds one feature at a time besides the result, and
keeps a row for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from pyproj import CRS
from pyproj.exceptions import CRSError

from app.errors import FileError, TooLarge
from app.files.archives import Limits
from app.files.columns import Rows, frame_of
from app.files.encodings import Encoding, UnknownEncoding, codec_named, detect
from app.files.jsonstream import JsonFault, JsonStream
from app.files.positions import GEOMETRY_TYPES, geometry_of
from app.files.source import Content, plain_crs

DEFAULT_CRS = "GeoJSON without a crs member is in WGS 84 (RFC 7946)"


class IsTopoJson(Exception):
    """The file is TopoJSON after all."""


def read_geojson(path: Path, shown: str, *, encoding: str | None, limits: Limits) -> Content:
    """All features of a GeoJSON file (FeatureCollection, Feature, bare geometry, or one Feature a line).

    Raises FileError with line and column for invalid JSON, and where no feature can be found; IsTopoJson.
    """
    chosen = text_encoding(path, shown, encoding)
    rows = Rows()
    try:
        with JsonStream(path, chosen.codec) as stream:
            members = _read_all(stream, rows, shown, limits)
    except JsonFault as fault:
        detail = f"not valid JSON at line {fault.line}, column {fault.column}: {fault.reason}"
        raise FileError(detail, file=shown, remedy="export it again, or correct that place", line=fault.line) from None
    crs, crs_reason, notes = _crs_of(members.get("crs", ...))
    notes += rows.notes()
    if members.get("type") == "FeatureCollection" and _false_box(members.get("bbox")):
        notes.append("the file's bbox member is not a box; it was not used")
    frame = frame_of(rows, crs)
    layer = str(members.get("name") or path.stem)
    return Content(
        frame, crs, crs_reason, layer, (layer,), chosen.codec, chosen.reason, tuple(notes), tuple(rows.defects)
    )


def text_encoding(path: Path, shown: str, asked: str | None) -> Encoding:
    """The encoding of a JSON file: by its byte order mark, UTF-8 as the standard wants, else detected."""
    with path.open("rb") as opened:
        head = opened.read(4)
        if asked:
            try:
                return Encoding(codec_named(asked) or "utf-8", "as told with --encoding")
            except UnknownEncoding:
                raise FileError(
                    f"encoding {asked!r} is not known", file=shown, remedy="for instance GBK or UTF-8"
                ) from None
        if head.startswith(b"\xef\xbb\xbf"):
            return Encoding("utf-8-sig", "the file begins with a UTF-8 mark")
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return Encoding("utf-16", "the file begins with a UTF-16 mark")
        opened.seek(0)
        sample = _not_utf8(opened)
    if sample is None:
        return Encoding("utf-8", "the file is valid UTF-8")
    found = detect([line for line in sample.split(b'"') if not line.isascii()] or [sample])
    return Encoding(found.codec, f"the file is not UTF-8 as GeoJSON should be; {found.reason}")


def _not_utf8(opened: BinaryIO) -> bytes | None:
    """None if all of the file is UTF-8, else the part of it with the first bytes that are not."""
    rest = b""
    while chunk := opened.read(1 << 22):
        data = rest + chunk
        try:
            data.decode("utf-8")
            rest = b""
        except UnicodeDecodeError as error:
            if error.start < len(data) - 4:
                return data
            rest = data[error.start :]
    return rest or None


def _read_all(stream: JsonStream, rows: Rows, shown: str, limits: Limits) -> dict[str, Any]:
    """Every top-level value of the file into `rows`; the members of the first one besides its features."""
    first: dict[str, Any] | None = None
    while not stream.at_end():
        members: dict[str, Any] = {}
        for key, value in _members(stream, rows, shown, limits):
            members[key] = value
        _take(members, rows, shown)
        if first is None:
            first = members
        elif members.get("type") != "Feature":
            raise FileError("more than one JSON document in the file", file=shown, remedy="one file for each")
        _check_size(rows, shown, limits)
    if first is None:
        raise FileError("the file holds no JSON, only blanks", file=shown, remedy="export it again")
    return first


def _members(stream: JsonStream, rows: Rows, shown: str, limits: Limits) -> Iterator[tuple[str, Any]]:
    """The members of a top-level object; an array of features goes feature by feature into `rows`."""
    if stream.peek() != "{":
        raise FileError("the JSON is a list, not GeoJSON", file=shown, remedy="a FeatureCollection is needed")
    for key in stream.members():
        if key == "features" and stream.peek() == "[":
            for value in stream.items():
                _add_feature(value, rows)
                if len(rows.shapes) % 10_000 == 0:
                    _check_size(rows, shown, limits)
            yield key, True
        else:
            yield key, stream.value()


def _check_size(rows: Rows, shown: str, limits: Limits) -> None:
    if len(rows.shapes) > limits.max_features:
        raise TooLarge(f"{shown}: more than {limits.max_features:,} features")


def _take(members: dict[str, Any], rows: Rows, shown: str) -> None:
    """Judge a top-level object by its members; a Feature or bare geometry becomes a row."""
    kind = members.get("type")
    if kind == "FeatureCollection":
        if members.get("features") is not True:
            told = "is not a list" if "features" in members else "is missing"
            raise FileError(f"the FeatureCollection's member `features` {told}", file=shown, remedy="export it again")
    elif kind == "Feature":
        _add_feature(members, rows)
    elif kind == "Topology":
        raise IsTopoJson
    elif isinstance(kind, str) and kind in GEOMETRY_TYPES:
        _add_feature({"type": "Feature", "properties": {}, "geometry": members}, rows)
    else:
        word = "null" if kind is None else repr(kind)
        told = f"its type is {word}" if "type" in members else "it has no member `type`"
        raise FileError(f"it is JSON but not GeoJSON: {told}", file=shown, remedy="a FeatureCollection is needed")


def _add_feature(feature: Any, rows: Rows) -> None:
    row = len(rows.shapes) + 1
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        told = f"type {feature.get('type')!r}" if isinstance(feature, dict) else f"{_kind(feature)}"
        rows.report("not_a_feature", f"not a feature but {told}; the row is left empty", row)
        rows.add({}, None, None)
        return
    properties = feature.get("properties")
    if properties is not None and not isinstance(properties, dict):
        rows.remark(f"properties are {_kind(properties)}, not an object; they were left out", row)
        properties = {}
    identity = feature.get("id")
    if identity is not None and (isinstance(identity, bool) or not isinstance(identity, str | int | float)):
        rows.remark("the id is neither text nor a number; it was left out", row)
        identity = None
    geometry = feature.get("geometry")
    shape, faults = geometry_of(geometry)
    boxes = (feature.get("bbox"), geometry.get("bbox") if isinstance(geometry, dict) else None)
    if any(_false_box(box) or _elsewhere(box, shape) for box in boxes):
        rows.remark("the bbox member is not the box of the shape; it was not used", row)
    if "geometry" not in feature:
        rows.report("broken_geometry", "the feature has no member `geometry`", row)
    for fault in faults:
        rows.report(fault.kind, fault.detail, row, fault.x, fault.y)
    rows.add(properties or {}, identity, shape)


def _false_box(box: Any) -> bool:
    """Whether a bbox member is something else than west, south, (depth,) east, north, (height); None is no member."""
    if box is None:
        return False
    if not isinstance(box, list) or len(box) not in (4, 6):
        return True
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in box):
        return True
    half = len(box) // 2
    south, north = box[1], box[half + 1]
    return bool(south > north or max(abs(south), abs(north)) > 90) and max(map(abs, box)) <= 180


def _elsewhere(box: Any, shape: Any) -> bool:
    """Whether a sound box does not even touch the shape: its numbers are in another order, mostly."""
    if box is None or shape is None or shape.is_empty:
        return False
    half = len(box) // 2
    west, south, east, north = shape.bounds
    return bool(box[0] > east or box[half] < west or box[1] > north or box[half + 1] < south)


def _kind(value: Any) -> str:
    names = {type(None): "null", str: "text", bool: "true/false", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object")


def _crs_of(member: Any) -> tuple[CRS | None, str, list[str]]:
    """What the `crs` member (GeoJSON of 2008) declares; `...` when there is none."""
    if member is ...:
        return CRS.from_epsg(4326), DEFAULT_CRS, []
    if member is None:
        return None, "the crs member is null: the file says that its system is not known", []
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        return None, "", ["the crs member names no coordinate system"]
    try:
        return plain_crs(CRS.from_user_input(name)), f"the crs member says {name}", []
    except CRSError:
        return None, "", [f"the crs member says {name!r}, which is not a known coordinate system"]
