"""What kind of file it is, told by its first bytes; the name only breaks ties."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from app.errors import FileError


class Format(StrEnum):
    """The formats that OneGrid reads."""

    GEOJSON = "GeoJSON"
    TOPOJSON = "TopoJSON"
    GEOPACKAGE = "GeoPackage"
    SHAPEFILE = "Shapefile"
    FLATGEOBUF = "FlatGeobuf"
    GEOPARQUET = "GeoParquet"
    KML = "KML"
    ZIP = "zip"


READABLE = "GeoJSON, GeoPackage, shapefile (or a zip of one), FlatGeobuf, GeoParquet, KML/KMZ, TopoJSON"
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")

MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP),
    (b"\x00\x00\x27\x0a", Format.SHAPEFILE),
    (b"SQLite format 3\x00", Format.GEOPACKAGE),
    (b"fgb", Format.FLATGEOBUF),
    (b"PAR1", Format.GEOPARQUET),
)

STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "ask for the boundaries as data, for instance a zipped shapefile"),
    (b"Rar!", "a RAR archive", "pack it as .zip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "pack it as .zip"),
    (b"\x1f\x8b", "a gzip archive", "unpack it, or pack it as .zip"),
    (b"AC10", "an AutoCAD drawing (DWG)", "export its boundaries as a shapefile or GeoJSON"),
    (b"\x89PNG", "a picture", "ask for the boundaries as data, for instance a zipped shapefile"),
    (b"\xff\xd8\xff", "a picture", "ask for the boundaries as data, for instance a zipped shapefile"),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel or Word file",
        "ask for the boundaries as data, for instance a zipped shapefile",
    ),
    (b"<!DOCTYPE html", "a web page", "download the file itself"),
    (b"<html", "a web page", "download the file itself"),
)


def sniff(path: Path, shown: str) -> Format:
    """The format of a file by its content. Raises FileError (naming `shown`) for what cannot be read."""
    with path.open("rb") as opened:
        head = opened.read(4096)
    if not head:
        raise FileError("the file is empty (0 bytes)", file=shown, remedy="export or copy it again")
    if path.suffix.lower() == ".shp" and not head.startswith(b"\x00\x00\x27\x0a"):
        raise FileError(
            f"it is named .shp, but it is not a shapefile: it is {_content(head)}", file=shown, remedy=_OTHER
        )
    for magic, found in MAGIC:
        if head.startswith(magic):
            return found
    if _looks_like_json(head):
        return Format.GEOJSON
    if path.suffix.lower() == ".kml" or b"<kml" in head:
        return Format.KML
    for magic, what, remedy in STRANGERS:
        if head.lower().startswith(magic.lower()):
            raise FileError(f"it is {what}, which holds no boundaries that can be read", file=shown, remedy=remedy)
    if path.suffix.lower() in (".json", ".geojson", ".topojson"):
        raise FileError(f"it is named {path.suffix}, but it is {_content(head)}", file=shown, remedy=_OTHER)
    raise FileError(f"the format is not known ({_content(head)})", file=shown, remedy=f"use {READABLE}")


_OTHER = "export it again from the program that drew it"


def _looks_like_json(head: bytes) -> bool:
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        head = head.removeprefix(mark)
    return head.replace(b"\x00", b"").lstrip(b" \t\r\n\x1e")[:1] in (b"{", b"[")


def _content(head: bytes) -> str:
    """'text beginning with …' or 'binary data', for a message."""
    try:
        text = head[:2000].decode("utf-8", errors="strict" if len(head) < 2000 else "ignore")
    except UnicodeDecodeError:
        return "binary data of another kind"
    if not text.strip():
        return "only blanks"
    if any(ord(c) < 9 for c in text):
        return "binary data of another kind"
    return f"text that begins with {' '.join(text.split())[:40]!r}"
