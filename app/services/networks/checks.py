"""Check (and repair) one boundary file without storing anything: what `onegrid check` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from app.errors import FileError, InputError
from app.files.reading import Limits
from app.files.source import Defect
from app.files.writing import write_frames
from app.services.networks.intake import Intake, Picked, layer_frame, network_frame, open_boundary_file
from app.spatial.coordinates.crs import points_to_wgs84
from app.spatial.quality.checks import CheckReport, check_layer
from app.spatial.quality.problems import Kind, Problem
from app.spatial.quality.repair import MODES, Repaired, repair
from app.spatial.quality.surfaces import geometries, polygonal

_DEFECTS = {
    "unclosed_ring": Kind.UNCLOSED_RING,
    "height_or_measure": Kind.HEIGHT_OR_MEASURE,
    "too_few_points": Kind.TOO_FEW_POINTS,
}


@dataclass(frozen=True, eq=False)
class CheckedFile:
    """A file that was read and checked. `repaired` is None for a layer (points, lines): layers are not repaired."""

    intake: Intake
    picked: Picked
    found: CheckReport
    repaired: Repaired | None

    @property
    def left(self) -> CheckReport:
        """What is still wrong after the repair that was asked for."""
        return self.repaired.after if self.repaired else self.found

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.intake.notes, *self.picked.notes)

    def to_dict(self) -> dict[str, Any]:
        """Preview, problems found, and with a repair: changes, accounts and problems left."""
        made: dict[str, Any] = {
            "preview": self.intake.to_dict() | {"code_field": self.picked.code_field, "notes": list(self.notes)},
            "found": self.found.to_dict(),
            "storable": not self.left.errors,
        }
        if self.repaired is not None and self.repaired.mode != "none":
            facts = self.repaired.to_dict()
            made["repair"] = {name: facts[name] for name in ("mode", "features", "summary", "accounts", "changes")}
            made["left"] = facts["after"]
        return made


def check_file(
    path: Path,
    *,
    crs: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    code_field: str | None = None,
    name_field: str | None = None,
    mode: str = "none",
    ground: shapely.Geometry | None = None,
    limits: Limits | None = None,
) -> CheckedFile:
    """Read a file, check it as a network (or as a layer, when none of its features is a polygon), and repair it.

    Raises what `open_boundary_file` raises, and InputError for a repair of a layer. Nothing is stored.
    """
    if mode not in MODES:
        raise InputError(f"--repair is one of {', '.join(MODES)}, not {mode!r}")
    intake = open_boundary_file(path, crs=crs, encoding=encoding, layer=layer, ground=ground, limits=limits)
    if _is_layer(intake.frame):
        if mode != "none":
            raise InputError(f"{intake.source.file} has no polygons: only networks are repaired")
        picked = layer_frame(intake, {}, code_field, name_field)
        return CheckedFile(intake, picked, check_layer(picked.frame, ground=ground, noticed=noticed(intake)), None)
    picked, seen = _network(intake, code_field, name_field)
    repaired = repair(picked.frame, mode, ground=ground, noticed=seen)
    return CheckedFile(intake, picked, repaired.before, repaired)


def noticed(intake: Intake, codes: Sequence[str] = ()) -> list[Problem]:
    """What the reader had to mend or could not read, as problems: for `check_network`, `check_layer` and `repair`."""
    shapes = geometries(intake.frame)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return [_problem(defect, intake.crs_name, codes, missing) for defect in intake.source.defects]


def write_repaired(checked: CheckedFile, path: Path) -> list[Path]:
    """Write the repaired network in the format of the suffix, with its origin and what was done to it inside."""
    if checked.repaired is None:
        raise InputError("there is no repaired network to write: the file is a layer")
    repaired = checked.repaired
    flat = repaired.frame.drop(columns="properties").assign(row=list(repaired.rows))
    facts = {"repair": repaired.mode, "changes": repaired.summary(), "accounts": repaired.accounts.to_dict()}
    return write_frames(flat, path, metadata=checked.intake.provenance | facts)


def _is_layer(frame: gpd.GeoDataFrame) -> bool:
    shapes = geometries(frame)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return bool(there.any()) and not bool((~shapely.is_missing(polygonal(shapes[there]))).any())


def _network(intake: Intake, code_field: str | None, name_field: str | None) -> tuple[Picked, list[Problem]]:
    """The network frame; without a field that looks like a code the geometry is checked all the same."""
    try:
        picked = network_frame(intake, code_field, name_field)
    except FileError as error:
        if code_field or name_field or intake.frame.empty:
            raise
        numbered = layer_frame(intake, {})
        picked = replace(numbered, frame=numbered.frame.assign(code=""), notes=(str(error),))
        return picked, noticed(intake)
    return picked, noticed(intake, list(picked.frame["code"]))


def _problem(defect: Defect, crs: str, codes: Sequence[str], missing: np.ndarray[Any, Any]) -> Problem:
    at = None if defect.row is None else defect.row - 1
    gone = at is not None and bool(missing[at])
    kind = Kind.BROKEN_GEOMETRY if gone else _DEFECTS.get(defect.kind, Kind.INVALID_GEOMETRY)
    words = f"feature {defect.row}: {defect.detail}" if defect.row else defect.detail
    problem = Problem(kind, words, defect.row, codes[at] if codes and at is not None else "")
    if defect.x is None or defect.y is None:
        return problem
    lon, lat = points_to_wgs84([defect.x], [defect.y], crs)
    return replace(problem, lon=float(lon[0]), lat=float(lat[0])) if np.isfinite([lon[0], lat[0]]).all() else problem
