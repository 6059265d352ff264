"""Open a boundary file of any format, safely, and say what was found.

Formats: GeoJSON, GeoPackage, shapefile (loose or zipped), FlatGeobuf, GeoParquet, KML/KMZ, TopoJSON; a zip may hold
one of them. Every fault of a file ends as FileError (or TooLarge) with a sentence and a remedy; nothing else comes
out.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pyarrow.parquet
import shapely
from pyproj import CRS

from app.errors import FileError, TooLarge
from app.files.archives import Limits, Unpacked, unpack
from app.files.formats import SHAPEFILE_PARTS, Format, sniff
from app.files.gdal import DAMAGE, layer_names, read_layer
from app.files.geojson import IsTopoJson, read_geojson
from app.files.shapefiles import parts_of, read_shapefile
from app.files.source import Content, Defect, Source, plain_crs, samples_of
from app.files.topojson import read_topojson

__all__ = ["Defect", "Limits", "Source", "read_source"]


def read_source(
    path: Path, *, layer: str | None = None, encoding: str | None = None, limits: Limits | None = None
) -> Source:
    """Read one layer of a boundary file as it is.

    `layer` chooses among several (of a GeoPackage, a KML, a TopoJSON, or files in a zip). `encoding` overrides what
    the file says or the text suggests (shapefile, GeoJSON). Raises FileError; TooLarge over `limits`.
    """
    limits = limits or Limits()
    path = Path(path)
    try:
        return _read_source(path, layer, encoding, limits)
    except OSError as error:
        detail = f"it cannot be opened ({error.strerror or error})"
        raise FileError(detail, file=path.name, remedy="check the file and who may read it") from None
    except MemoryError:
        raise TooLarge(f"{path.name}: there is not enough memory to read it") from None


def _read_source(path: Path, layer: str | None, encoding: str | None, limits: Limits) -> Source:
    parts = _parts(path)
    size = sum(part.stat().st_size for part in parts)
    if size > limits.max_bytes:
        raise TooLarge(f"{path.name}: {size:,} bytes, more than {limits.max_bytes:,}")
    with tempfile.TemporaryDirectory(prefix="onegrid-") as scratch:
        found, content = _read(path, path.name, Path(scratch), layer, encoding, limits)
    return Source(
        frame=content.frame, crs=content.crs, crs_reason=content.crs_reason, format=found, layer=content.layer,
        layers=content.layers, encoding=content.encoding, encoding_reason=content.encoding_reason, file=path.name,
        sha256=_hash(parts), size=size, notes=content.notes, defects=content.defects, samples=samples_of(content.frame),
    )  # fmt: skip


def _parts(path: Path) -> list[Path]:
    """The files that make up the source: all parts of a loose shapefile, else the file itself. Raises FileError."""
    if not path.exists():
        raise FileError("there is no such file", file=path.name, remedy="check the path")
    if path.is_dir():
        raise FileError("it is a folder", file=path.name, remedy="name the file in it, or zip the folder")
    if not path.is_file():
        raise FileError("it is not an ordinary file", file=path.name, remedy="name a file")
    return list(parts_of(path).values()) if path.suffix.lower() in SHAPEFILE_PARTS else [path]


def _hash(parts: list[Path]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as opened:
            while chunk := opened.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _read(
    path: Path, shown: str, scratch: Path, layer: str | None, encoding: str | None, limits: Limits
) -> tuple[str, Content]:
    """The format's name and the content."""
    if path.suffix.lower() in SHAPEFILE_PARTS[1:]:
        return Format.SHAPEFILE, _loose(path, shown, scratch, layer, encoding, limits)
    found = sniff(path, shown)
    if found is Format.ZIP:
        return _zipped(path, shown, scratch, layer, encoding, limits)
    if found is Format.SHAPEFILE:
        return found, _loose(path, shown, scratch, layer, encoding, limits)
    if found is Format.GEOJSON:
        try:
            content = read_geojson(path, shown, encoding=encoding, limits=limits)
        except IsTopoJson:
            return Format.TOPOJSON, read_topojson(path, shown, layer, encoding=encoding, limits=limits)
        _only_layer(content.layers, layer, shown)
        return found, content
    if found is Format.GEOPARQUET:
        return found, _parquet(path, shown, limits)
    if found is Format.KML:
        return found, _kml(path, shown, layer, limits)
    return found, _with_gdal(path, shown, layer, limits, "the file says so")


def _only_layer(layers: tuple[str, ...], layer: str | None, shown: str) -> None:
    if layer is not None and layer not in layers:
        detail = f"there is no layer {layer!r}; it has: {', '.join(layers)}"
        raise FileError(detail, file=shown, remedy="choose one with --layer")


def _loose(path: Path, shown: str, scratch: Path, layer: str | None, encoding: str | None, limits: Limits) -> Content:
    _only_layer((path.stem,), layer, shown)
    folder = scratch / "shapefile"
    folder.mkdir()
    return read_shapefile(parts_of(path), shown, path.stem, folder, encoding=encoding, limits=limits)


def _zipped(
    path: Path, shown: str, scratch: Path, layer: str | None, encoding: str | None, limits: Limits
) -> tuple[str, Content]:
    files = unpack(path, shown, scratch / "zip", limits)
    choices = _choices(files)
    if not choices:
        detail = "there is no boundary file in the zip"
        raise FileError(detail, file=shown, remedy="pack the .shp, .shx, .dbf, .prj and .cpg together")
    chosen, inner = _choose(choices, layer, shown)
    found, content = _read(chosen.path, f"{shown}/{chosen.name}", scratch, inner, encoding, limits)
    if len(choices) > 1:
        content = replace(content, layers=tuple(sorted(Path(file.name).stem for file in choices)))
    return f"{found} in zip", content


def _choices(files: list[Unpacked]) -> list[Unpacked]:
    """One file of a zip for each boundary file: the .shp of a shapefile (or what is left of it), and whole files.

    A bare .json beside others describes them, as in our own exports; alone it is the data.
    """
    loose = [file for file in files if file.path.suffix in SHAPEFILE_PARTS]
    wholes = [file for file in files if file.path.suffix not in SHAPEFILE_PARTS]
    shapefiles = [file for file in loose if file.path.suffix == ".shp"]
    found = shapefiles + [file for file in wholes if file.path.suffix != ".json"]
    return found or wholes or loose[:1]


def _choose(files: list[Unpacked], layer: str | None, shown: str) -> tuple[Unpacked, str | None]:
    """The file of a zip that `layer` names (by path, name or stem), else the only one; and the layer to take in it."""
    if layer is not None:
        for file in files:
            if layer in (file.name, Path(file.name).name, Path(file.name).stem):
                return file, None
    if len(files) == 1:
        return files[0], layer
    names = ", ".join(sorted(file.name for file in files))
    told = f"there is no layer {layer!r} in the zip" if layer else f"there are {len(files)} boundary files in the zip"
    raise FileError(f"{told}: {names}", file=shown, remedy="choose one with --layer, or send one zip for each")


def _with_gdal(path: Path, shown: str, layer: str | None, limits: Limits, crs_reason: str) -> Content:
    names = [name for name, kind in layer_names(path, shown) if kind is not None]
    if not names:
        detail = "there is no layer with geometry in it"
        raise FileError(detail, file=shown, remedy="export the boundaries, not a table")
    _only_layer(tuple(names), layer, shown)
    if layer is None and len(names) > 1:
        detail = f"there are {len(names)} layers: {', '.join(names)}"
        raise FileError(detail, file=shown, remedy="choose one with --layer")
    chosen = layer or names[0]
    read = read_layer(path, shown, layer=chosen, limits=limits)
    reason = crs_reason if read.crs is not None else "the file declares no coordinate system"
    return Content(read.frame, read.crs, reason, chosen, tuple(names), notes=read.notes, defects=read.defects)


def _kml(path: Path, shown: str, layer: str | None, limits: Limits) -> Content:
    data = path.read_bytes()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        detail = "the KML declares entities of its own, which is refused for safety"
        raise FileError(detail, file=shown, remedy="export it again")
    if b"</kml>" not in data and b":kml>" not in data:
        raise FileError("the KML ends in the middle (cut off?)", file=shown, remedy="export it again")
    content = _with_gdal(path, shown, layer, limits, "KML is always in WGS 84")
    frame = content.frame.dropna(axis="columns", how="all").drop(columns=list(_KML_STYLE), errors="ignore")
    frame = frame if "geometry" in frame else content.frame
    expected = data.count(b"<Placemark")
    notes = list(content.notes)
    if len(content.layers) == 1 and expected != len(frame):
        notes.append(f"{expected} placemarks are in the file, {len(frame)} could be read")
    return Content(frame, CRS.from_epsg(4326), content.crs_reason, content.layer, content.layers, notes=tuple(notes),
                   defects=content.defects)  # fmt: skip


_KML_STYLE = ("tessellate", "extrude", "visibility", "drawOrder", "altitudeMode", "icon")


def _parquet(path: Path, shown: str, limits: Limits) -> Content:
    try:
        head = pyarrow.parquet.read_metadata(path)
        if head.num_rows > limits.max_features:
            raise TooLarge(f"{shown}: {head.num_rows:,} features, more than {limits.max_features:,}")
        if b"geo" not in (head.metadata or {}):
            detail = "the Parquet file is not GeoParquet: it holds a table without shapes"
            raise FileError(detail, file=shown, remedy="write it with geopandas or GDAL, with a geometry column")
        frame = gpd.read_parquet(path)
    except (*DAMAGE, shapely.errors.ShapelyError) as error:
        detail = f"the Parquet file cannot be read ({' '.join(str(error).split())[:150]})"
        raise FileError(detail, file=shown, remedy="export it again") from None
    frame = frame.reset_index(drop=True)
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    crs = None if frame.crs is None else plain_crs(frame.crs)
    frame = frame.set_crs(crs, allow_override=True)
    reason = "the file says so" if crs is not None else "the file says that its system is not known"
    return Content(frame, crs, reason, path.stem, (path.stem,))
