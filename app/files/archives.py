"""Zip files, opened as if by an enemy: no path out, no links, no zip in a zip, no bomb. What is in them is counted,
not believed."""

from __future__ import annotations

import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.errors import FileError, TooLarge

CHUNK = 1 << 20
BOMB_FLOOR = 20_000_000
"""Below this size even a wild ratio does no harm: a table of blanks packs a thousandfold."""
WANTED = {
    ".shp", ".shx", ".dbf", ".prj", ".cpg", ".geojson", ".json", ".topojson", ".gpkg", ".fgb", ".parquet",
    ".geoparquet", ".kml",
}  # fmt: skip
NESTED = {".zip", ".kmz", ".rar", ".7z", ".gz", ".tar"}
LITTER = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Limits:
    """What a file may cost. `max_bytes`: of the file itself; `max_unpacked`: of all that is in a zip; `max_ratio`:
    of unpacked to packed bytes; `max_entries`: files in a zip; `max_features`: rows."""

    max_bytes: int = 1_000_000_000
    max_unpacked: int = 2_000_000_000
    max_ratio: float = 150.0
    max_entries: int = 2_000
    max_features: int = 2_000_000


@dataclass(frozen=True)
class Unpacked:
    """One file out of a zip: where it lies now, and its name inside (for people)."""

    path: Path
    name: str


def unpack(path: Path, shown: str, target: Path, limits: Limits) -> list[Unpacked]:
    """The readable files of a zip, written under `target` with harmless names. Raises FileError, TooLarge."""
    try:
        with zipfile.ZipFile(path) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            if len(entries) > limits.max_entries:
                raise TooLarge(f"{shown}: {len(entries):,} files in the zip, more than {limits.max_entries:,}")
            names = {entry.filename: _name(entry) for entry in entries}
            for entry in entries:
                _refuse_tricks(entry, names[entry.filename], shown)
            kept = [entry for entry in entries if not _is_litter(names[entry.filename])]
            _refuse_strangers(kept, names, shown)
            return _write_out(opened, kept, names, shown, target, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise FileError(f"the zip is damaged ({error})", file=shown, remedy="pack or copy it again") from None
    except NotImplementedError:
        detail = "the zip is packed with a method that cannot be read"
        raise FileError(detail, file=shown, remedy="pack it again as an ordinary .zip (Deflate)") from None
    except RuntimeError as error:  # zipfile says so for a password
        raise FileError(
            f"the zip cannot be opened ({error})", file=shown, remedy="pack it again without a password"
        ) from None


def _write_out(
    opened: zipfile.ZipFile,
    entries: list[zipfile.ZipInfo],
    names: dict[str, str],
    shown: str,
    target: Path,
    limits: Limits,
) -> list[Unpacked]:
    made: list[Unpacked] = []
    folders: dict[str, Path] = {}
    total = 0
    for entry in entries:
        name = PurePosixPath(names[entry.filename])
        if name.suffix.lower() not in WANTED:
            continue
        # Siblings of one shapefile must stay together and apart from the like-named of another folder.
        folder = folders.setdefault(str(name.parent), target / f"folder{len(folders)}")
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / f"{name.stem[:60].replace(chr(0), '')}{name.suffix.lower()}"
        total = _copy(opened, entry, place, shown, total, limits)
        made.append(Unpacked(place, str(name)))
    return made


def _copy(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path, shown: str, total: int, limits: Limits) -> int:
    """Unpack one entry, counting what really comes out; returns the new total."""
    size = 0
    with opened.open(entry) as source, place.open("wb") as sink:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            total += len(chunk)
            if total > limits.max_unpacked:
                raise TooLarge(f"{shown}: the zip unpacks to more than {limits.max_unpacked:,} bytes")
            if size > BOMB_FLOOR and size > limits.max_ratio * max(entry.compress_size, 1):
                detail = (
                    f"{entry.filename} unpacks to more than {limits.max_ratio:.0f} times its packed size (a zip bomb?)"
                )
                raise FileError(detail, file=shown, remedy="send the file unpacked, or ask where it comes from")
            sink.write(chunk)
    return total


def _refuse_tricks(entry: zipfile.ZipInfo, name: str, shown: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or (len(name) > 1 and name[1] == ":"):
        detail = f"a file in the zip has a path that leads out of it ({name!r})"
        raise FileError(detail, file=shown, remedy="do not use it; ask where it comes from")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FileError(f"a file in the zip is a link ({name!r})", file=shown, remedy="pack the file itself")
    if entry.flag_bits & 0x1:
        raise FileError("the zip has a password", file=shown, remedy="pack it again without a password")


def _refuse_strangers(entries: list[zipfile.ZipInfo], names: dict[str, str], shown: str) -> None:
    suffixes = {PurePosixPath(names[entry.filename]).suffix.lower() for entry in entries}
    if any(names[entry.filename] == "[Content_Types].xml" for entry in entries):
        detail = "it is an Excel or Word file, which holds no boundaries that can be read"
        raise FileError(detail, file=shown, remedy="ask for the boundaries as data, for instance a zipped shapefile")
    if not entries:
        raise FileError("the zip is empty", file=shown, remedy="pack it again with the files in it")
    if suffixes & NESTED:
        inner = next(n for n in names.values() if PurePosixPath(n).suffix.lower() in NESTED)
        raise FileError(
            f"there is an archive in the archive ({inner!r})", file=shown, remedy="unpack it and send the inner one"
        )


def _name(entry: zipfile.ZipInfo) -> str:
    """The name in the zip; without the UTF-8 flag the bytes are whatever the packer's system used: UTF-8 or GBK
    here."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        raw = name.encode("cp437", errors="replace")
        for codec in ("utf-8", "gb18030"):
            try:
                name = raw.decode(codec)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _is_litter(name: str) -> bool:
    parts = name.lower().split("/")
    return any(part in LITTER for part in parts) or parts[-1].startswith("._")
