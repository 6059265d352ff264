"""Boundary files in: read, placed on the globe, and shaped into network and layer frames, with their provenance.

Nothing is stored here and nothing is guessed in silence: a coordinate system that the file does not declare must be
given.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from app.errors import CrsUnclear, FileError, InputError
from app.files.geojson import DEFAULT_CRS
from app.files.reading import Limits, Source, read_source
from app.files.topojson import ASSUMED_CRS
from app.services.networks.intake_fields import (
    counts_of,
    given_field,
    guessed_code,
    guessed_name,
    properties_of,
    texts_of,
)
from app.spatial.coordinates.boxes import Bounds
from app.spatial.coordinates.crs import WGS84, Crs, declared_crs, parse_crs, to_wgs84, uncertainty_m
from app.spatial.coordinates.crs_check import Complaint, complaint
from app.spatial.coordinates.crs_guess import advice, guess_crs

ASSUMED = (DEFAULT_CRS, ASSUMED_CRS)
"""Reasons for a system that a standard assumes and the file does not say itself."""


@dataclass(frozen=True, eq=False)
class Intake:
    """A boundary file that was read and placed: `frame` is the source's, in EPSG:4326, rows in the file's order.

    `crs_name` is what the coordinates were taken to be, `crs_reason` why, `uncertainty_m` how far off moving them
    to WGS 84 may put them. `notes` are sentences for the planner; those of the source first.
    """

    source: Source
    frame: gpd.GeoDataFrame
    crs_name: str
    crs_reason: str
    uncertainty_m: float
    notes: tuple[str, ...]

    @property
    def provenance(self) -> dict[str, Any]:
        """What is kept with everything that comes from this file."""
        source = self.source
        return {
            "file": source.file, "sha256": source.sha256, "size": source.size, "format": source.format,
            "layer": source.layer, "encoding": source.encoding, "encoding_reason": source.encoding_reason,
            "crs": self.crs_name, "crs_reason": self.crs_reason, "uncertainty_m": self.uncertainty_m,
            "features": len(self.frame),
        }  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """For a preview: the source's facts, the system and the notes."""
        return self.source.to_dict() | self.provenance | {"notes": list(self.notes)}


@dataclass(frozen=True, eq=False)
class Picked:
    """A network or layer frame, and how its columns were chosen."""

    frame: gpd.GeoDataFrame
    code_field: str
    name_field: str
    notes: tuple[str, ...]


def open_boundary_file(
    path: Path,
    *,
    crs: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    ground: shapely.Geometry | None = None,
    limits: Limits | None = None,
) -> Intake:
    """Read a boundary file and place it on the globe. `ground` is the city's, in EPSG:4326.

    `crs` overrides what the file declares. Raises CrsUnclear (with `guess` and `reason`) where neither says it or
    the numbers do not fit what is assumed; FileError where they do not fit what is declared or the place is not the
    city's; TooLarge.
    """
    source = read_source(Path(path), layer=layer, encoding=encoding, limits=limits)
    bounds = _bounds(source.frame)
    notes = list(source.notes)
    system, reason = _system(source, crs, bounds, ground, notes)
    if bounds is not None:
        wrong = complaint(bounds, system, ground)
        if wrong is not None:
            _judge(wrong, source, system, crs, notes)
    try:
        frame = to_wgs84(source.frame.set_crs(None, allow_override=True), system)
    except InputError as error:
        raise FileError(error.detail, file=source.file, remedy="check --crs and the coordinates") from None
    notes += _across(frame)
    return Intake(source, frame, system.name, reason, uncertainty_m(system), tuple(notes))


def network_frame(
    intake: Intake,
    code_field: str | None = None,
    name_field: str | None = None,
    kind_field: str | None = None,
    taken: Collection[str] = (),
) -> Picked:
    """The file as a network frame: `code, name, kind, properties, geometry`, one row per feature, codes '' where
    missing.

    A code field not given is guessed, not from fields that are `taken`; the choice is told in `notes`. Raises
    FileError, also where the guess is not sure.
    """
    source, frame = intake.source, intake.frame
    if frame.empty:
        raise FileError("there are no features in it", file=source.file, remedy="check the layer, or export it again")
    notes: list[str] = []
    code = given_field(source, code_field, "code") if code_field else guessed_code(source, notes, taken)
    name = given_field(source, name_field, "name") if name_field else guessed_name(source, code, notes)
    kind = given_field(source, kind_field, "kind") if kind_field else ""
    made = gpd.GeoDataFrame(
        {
            "code": texts_of(frame, code),
            "name": texts_of(frame, name) if name else texts_of(frame, code),
            "kind": texts_of(frame, kind) if kind else [""] * len(frame),
            "properties": properties_of(frame),
        },
        geometry=frame.geometry.to_numpy(),
        crs=WGS84,
    )
    return Picked(made, code, name, tuple(notes))


def layer_frame(
    intake: Intake,
    quantities: Mapping[str, str] | None = None,
    code_field: str | None = None,
    name_field: str | None = None,
    kind_field: str | None = None,
) -> Picked:
    """The file as a layer frame: a network frame and one float column per quantity (name → field), NaN where it is
    empty.

    Without a field for the code, and none that looks like one, features are numbered. Raises FileError where several
    do, and naming row and field of a quantity that is not a number or is negative.
    """
    source = intake.source
    notes: list[str] = []
    try:
        picked = network_frame(intake, code_field, name_field, kind_field, set((quantities or {}).values()))
    except FileError as error:
        if code_field or any((name_field, kind_field)) or error.members.get("rivals"):
            raise
        picked = _numbered(intake)
    made = picked.frame.drop(columns="geometry")
    for quantity, name in (quantities or {}).items():
        values = counts_of(source, given_field(source, name, quantity))
        empty = int(np.isnan(values).sum())
        if empty:
            notes.append(f"{quantity}: {empty} features have no {name}")
        made[quantity] = values
    frame = gpd.GeoDataFrame(made, geometry=picked.frame.geometry.to_numpy(), crs=WGS84)
    return Picked(frame, picked.code_field, picked.name_field, (*picked.notes, *notes))


def _bounds(frame: gpd.GeoDataFrame) -> Bounds | None:
    """Bounds in the file's coordinates; None when no feature has a place."""
    west, south, east, north = (float(value) for value in frame.total_bounds)
    return None if np.isnan([west, south, east, north]).any() else (west, south, east, north)


def _across(frame: gpd.GeoDataFrame) -> list[str]:
    """A note on features wider than half the globe: they cross the 180° meridian the wrong way round."""
    bounds = frame.geometry.bounds
    wide = np.flatnonzero(bounds["maxx"] - bounds["minx"] > 180)
    if not len(wide):
        return []
    return [
        f"{len(wide)} features span more than half the globe (first: row {wide[0] + 1}): cut them at the 180° meridian"
    ]


def _system(
    source: Source, asked: str | None, bounds: Bounds | None, ground: shapely.Geometry | None, notes: list[str]
) -> tuple[Crs, str]:
    """The coordinate system and the reason for it."""
    if asked:
        system = parse_crs(asked)
        if source.crs is not None and source.crs_reason not in ASSUMED and (system.offset or system.proj != source.crs):
            notes.append(f"the file declares {source.crs.name}, but was read as {system.name} because --crs says so")
        return system, f"as told with --crs {asked}"
    if source.crs is None:
        _unclear(source, bounds, ground)
    assert source.crs is not None  # _unclear always raises
    try:
        return declared_crs(source.crs), source.crs_reason
    except InputError as error:
        raise CrsUnclear(error.detail, file=source.file, remedy="with --crs", guess="", reason="") from None


def _unclear(source: Source, bounds: Bounds | None, ground: shapely.Geometry | None) -> None:
    """Always raises: the file does not say its coordinate system."""
    told = source.crs_reason or next(
        (note for note in source.notes if "coordinate system" in note), "it is not declared"
    )
    detail = f"the coordinate system is not known: {told}"
    if bounds is None:
        raise CrsUnclear(detail, file=source.file, remedy="give it with --crs", guess="", reason="")
    remedy, guess = advice(guess_crs(bounds, ground))
    raise CrsUnclear(detail, file=source.file, remedy=remedy, guess=guess, reason=remedy)


def _judge(wrong: Complaint, source: Source, system: Crs, asked: str | None, notes: list[str]) -> None:
    """A warning becomes a note; the rest is raised: CrsUnclear where another --crs may help, else FileError."""
    if not wrong.fatal:
        notes.append(f"{wrong.detail}: {wrong.remedy}")
        return
    if wrong.kind in ("metres_as_degrees", "degrees_as_metres") or wrong.guess:
        raise CrsUnclear(wrong.detail, file=source.file, remedy=wrong.remedy, guess=wrong.guess, reason=wrong.detail)
    raise FileError(wrong.detail, file=source.file, remedy=wrong.remedy, looks_like=wrong.kind)


def _numbered(intake: Intake) -> Picked:
    frame = intake.frame
    codes = [str(number) for number in range(1, len(frame) + 1)]
    made = gpd.GeoDataFrame(
        {"code": codes, "name": codes, "kind": [""] * len(frame), "properties": properties_of(frame)},
        geometry=frame.geometry.to_numpy(),
        crs=WGS84,
    )
    return Picked(made, "", "", ("no field looks like a code: features are numbered in the file's order",))
