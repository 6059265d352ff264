"""Shapefiles, with what is usually wrong with them: no or a false .cpg, a lost .shx, a lost .dbf, a copy cut off in
the middle.

The parts are copied under plain names into a scratch folder first, so that nothing is ever written beside the
user's file and the reader does not stumble over capital suffixes or Chinese names.
"""

from __future__ import annotations

import codecs
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from app.errors import FileError
from app.files.archives import Limits
from app.files.encodings import Encoding, UnknownEncoding, decode, detect, table_encoding
from app.files.formats import SHAPEFILE_PARTS
from app.files.gdal import known_crs, read_layer, unique
from app.files.source import Content

SAMPLE_ROWS = 20_000
"""Rows, evenly spread, whose texts decide on the encoding."""
RAW = "ISO-8859-1"
"""Texts pass through GDAL byte for byte in this encoding and are decoded here: GDAL would replace what it cannot
read."""
AGAIN = "copy or export all parts of the shapefile again"


@dataclass(frozen=True)
class Table:
    """The head of a .dbf: rows as its header counts them, fields (name bytes, type, width), rows marked as deleted.

    `texts` are those of the fields' names and of a sample of the rows, each once.
    """

    rows: int
    deleted: int
    ldid: int
    fields: tuple[tuple[bytes, str, int], ...]
    texts: tuple[bytes, ...]


def parts_of(path: Path) -> dict[str, Path]:
    """The parts of a loose shapefile (suffix in lower case → path), whatever the case of their suffixes."""
    stem = path.stem.lower()
    found = {p.suffix.lower(): p for p in sorted(path.parent.iterdir()) if p.stem.lower() == stem}
    return {suffix: found[suffix] for suffix in SHAPEFILE_PARTS if suffix in found}


def read_shapefile(
    parts: dict[str, Path], shown: str, name: str, scratch: Path, *, encoding: str | None, limits: Limits
) -> Content:
    """Read a shapefile from its parts. `name` is the layer's. Raises FileError, TooLarge."""
    if ".shp" not in parts:
        detail = "there are no shapes (.shp) beside it, so there are no boundaries"
        raise FileError(detail, file=shown, remedy="put the .shp, .shx, .dbf and .prj together, best in one zip")
    staged = _stage(parts, scratch)
    count, notes = _check_shp(staged, shown)
    table = read_table(staged[".dbf"], shown) if ".dbf" in staged else None
    if table is None:
        notes.append("there is no .dbf beside the .shp: the features have no codes, names or figures")
    elif table.rows != count:
        detail = f"the .shp has {count} shapes, the .dbf {table.rows} rows: they do not belong together"
        raise FileError(detail, file=shown, remedy=AGAIN)
    chosen = _encoding(parts, table, encoding, shown)
    settings = {"SHAPE_RESTORE_SHX": "YES", "SHAPE_ENCODING": ""}
    deleted = table.deleted if table is not None else 0
    layer = read_layer(staged[".shp"], shown, encoding=RAW, limits=limits, settings=settings, deleted=deleted)
    frame, lines = _decoded(layer.frame, chosen.codec)
    notes += [*layer.notes, *lines]
    if deleted:
        notes.append(f"{deleted} rows are marked as deleted in the .dbf and were left out")
    crs, reason, lines = _crs(parts)
    notes += lines
    frame = frame.set_crs(crs, allow_override=True) if crs else frame
    return Content(frame, crs, reason, name, (name,), chosen.codec, chosen.reason, tuple(notes), layer.defects)


def read_table(path: Path, shown: str) -> Table:
    """The head and texts of a .dbf. Raises FileError where its sizes do not fit."""
    if path.stat().st_size < 33:
        raise FileError("the .dbf is empty or cut off", file=shown, remedy=AGAIN)
    data = np.memmap(path, np.uint8, "r")
    rows, head, width = struct.unpack("<IHH", data[4:12].tobytes())
    fields = []
    place = 32
    while place + 32 <= min(head, len(data)) and data[place] != 0x0D:
        raw = data[place : place + 32].tobytes()
        fields.append((raw[:11].split(b"\x00")[0], chr(raw[11]), raw[16]))
        place += 32
    if width < 1 or head < 33 or not fields:
        raise FileError("the head of the .dbf is damaged", file=shown, remedy=AGAIN)
    if head + rows * width > len(data) + 1:
        whole = max(len(data) - head, 0) // width
        raise FileError(f"the .dbf is cut off: {whole} of {rows} rows are there", file=shown, remedy=AGAIN)
    there = min(rows, max(len(data) - head, 0) // width)  # the last row may lack its last byte
    body = data[head : head + there * width].reshape(there, width)
    texts = [name for name, _, _ in fields]
    sample = body[np.unique(np.linspace(0, there - 1, SAMPLE_ROWS).astype(int))] if there else body
    start = 1
    for _, kind, size in fields:
        if kind == "C":
            texts += {row.tobytes().rstrip(b" \x00") for row in sample[:, start : start + size]}
        start += size
    deleted = int((body[:, 0] == ord("*")).sum())
    return Table(rows, deleted, int(data[29]), tuple(fields), tuple(sorted(texts)))


def _stage(parts: dict[str, Path], scratch: Path) -> dict[str, Path]:
    """Copies under plain names. The .cpg and .prj stay behind: what they say is judged here."""
    staged = {suffix: scratch / f"source{suffix}" for suffix in parts if suffix in (".shp", ".shx", ".dbf")}
    for suffix, place in staged.items():
        if parts[suffix] != place:
            shutil.copyfile(parts[suffix], place)
    return staged


def _check_shp(staged: dict[str, Path], shown: str) -> tuple[int, list[str]]:
    """The number of shapes. Refuses a .shp that is cut off; removes an .shx that does not fit, to be made again."""
    shp, shx = staged[".shp"], staged.get(".shx")
    size = shp.stat().st_size
    with shp.open("rb") as opened:
        head = opened.read(100)
    if len(head) < 100 or head[:4] != b"\x00\x00\x27\x0a":
        raise FileError("the .shp is empty or not a shapefile", file=shown, remedy=AGAIN)
    declared = struct.unpack_from(">i", head, 24)[0] * 2
    if shx is not None and _index_fits(shx, shp):
        return (shx.stat().st_size - 100) // 8, []
    count = _walk(shp, size, declared, shown)
    if shx is not None:
        shx.unlink()
        return count, [f"the index (.shx) did not fit the shapes; it was made again from the .shp ({count} shapes)"]
    return count, [f"there was no index (.shx); it was made again from the .shp ({count} shapes)"]


def _index_fits(shx: Path, shp: Path) -> bool:
    """Whether each entry of the index points at the shape of its number and length."""
    raw = shx.read_bytes()
    if len(raw) < 100 or (len(raw) - 100) % 8 or raw[:4] != b"\x00\x00\x27\x0a":
        return False
    entries = np.frombuffer(raw, ">i4", offset=100).reshape(-1, 2).astype(np.int64) * 2
    if not len(entries):
        return shp.stat().st_size <= 100  # no shapes, no index
    data = np.memmap(shp, np.uint8, "r")
    offsets, lengths = entries[:, 0], entries[:, 1]
    if offsets.min() < 100 or lengths.min() < 4 or (offsets + 8 + lengths).max() > len(data):
        return False
    heads = data[offsets[:, None] + np.arange(8)].copy().view(">i4")
    return bool((heads[:, 1] * 2 == lengths).all())


def _walk(shp: Path, size: int, declared: int, shown: str) -> int:
    """The number of shapes, counted from head to head. Raises FileError where the file ends within one."""
    count, place = 0, 100
    end = min(size, declared) if declared > 100 else size
    with shp.open("rb") as opened:
        while place + 12 <= end:
            opened.seek(place)
            length = struct.unpack(">ii", opened.read(8))[1] * 2
            if length < 4 or place + 8 + length > size:
                detail = f"the .shp is damaged or cut off after shape {count}"
                raise FileError(detail, file=shown, remedy=AGAIN)
            count, place = count + 1, place + 8 + length
    if declared > size:
        raise FileError(f"the .shp is cut off: {size:,} of {declared:,} bytes are there", file=shown, remedy=AGAIN)
    return count


def _encoding(parts: dict[str, Path], table: Table | None, asked: str | None, shown: str) -> Encoding:
    if table is None:
        return Encoding("utf-8", "there is no table")
    cpg = parts[".cpg"].read_bytes()[:100].decode("latin-1") if ".cpg" in parts else None
    try:
        chosen = table_encoding(table.texts, asked=asked, cpg=cpg, ldid=table.ldid)
    except UnknownEncoding:
        raise FileError(f"encoding {asked!r} is not known", file=shown, remedy="for instance GBK or UTF-8") from None
    if codecs.lookup(chosen.codec).name.startswith(("utf-16", "utf-32")):
        detail = f"a .dbf cannot hold {chosen.codec} texts ({chosen.reason})"
        raise FileError(detail, file=shown, remedy="save the table as UTF-8 and say so in the .cpg")
    return chosen


def _decoded(frame: gpd.GeoDataFrame, codec: str) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Texts and field names, passed through as bytes, in their real encoding; notes on characters cut or lost."""
    made = frame.copy()
    notes: list[str] = []
    for name in frame.columns:
        if name == "geometry" or pd.api.types.is_numeric_dtype(frame[name]):
            continue
        if not any(isinstance(value, str) for value in frame[name].head(1_000_000)):
            continue
        values, cut, lost = _texts(frame[name].tolist(), codec)
        made[name] = pd.Series(values, index=frame.index, dtype=object)
        shown = _text(str(name), codec)
        if cut:
            told = f"{len(cut)} texts end in half a character, which was left out"
            notes.append(f"field {shown}: {told} (first: row {cut[0]})")
        if lost:
            notes.append(f"field {shown}: {len(lost)} texts are not all {codec} (first: row {lost[0]})")
    names = [name if name == "geometry" else _text(str(name), codec) for name in frame.columns]
    made.columns = unique(names)
    return made, notes


def _texts(values: list[object], codec: str) -> tuple[list[object], list[int], list[int]]:
    cut: list[int] = []
    lost: list[int] = []
    made: list[object] = []
    for row, value in enumerate(values, 1):
        if not isinstance(value, str) or value.isascii():
            made.append(value)
            continue
        text, whole = decode(value.encode("latin-1", errors="replace"), codec)
        if not whole:
            (lost if "\ufffd" in text else cut).append(row)
        made.append(text)
    return made, cut, lost


def _text(value: str, codec: str) -> str:
    return value if value.isascii() else decode(value.encode("latin-1", errors="replace"), codec)[0]


def _crs(parts: dict[str, Path]) -> tuple[CRS | None, str, list[str]]:
    """The system that the .prj declares, where that was found, and a note when it is there but not understood."""
    if ".prj" not in parts:
        return None, "there is no .prj beside the .shp", []
    data = parts[".prj"].read_bytes()[:20_000]
    text = decode(data, "utf-8" if not detect([data]).codec.startswith("gb") else "gb18030")[0].strip("\x00 \r\n\ufeff")
    known = known_crs(text)
    if known is not None:
        return known, "the .prj says so", []
    return None, "", [f"the .prj is not a coordinate system that can be understood ({' '.join(text.split())[:60]!r})"]
