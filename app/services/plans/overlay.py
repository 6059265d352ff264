"""Files laid over each other and written as pieces, without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd

from app.errors import CrsUnclear, InputError
from app.files.writing import write_frames
from app.services.networks.intake import Intake, layer_frame, network_frame, open_boundary_file
from app.spatial.coordinates.crs import metric_crs, parse_crs
from app.spatial.pieces.linework import JOIN
from app.spatial.pieces.overlay import Overlay, OverlayOptions, is_metric, overlay
from app.spatial.pieces.quantities import QuantityReport, add_quantities


@dataclass(frozen=True)
class FileField:
    """A boundary file and one of its fields ('': the code field is guessed, or every feature counts one)."""

    path: Path
    field: str = ""


@dataclass(frozen=True)
class OverlayRequest:
    """`crs`: the metric system to compute in; files that declare no system are taken to be in it as well.

    Without it the files' own metric system is taken where all have the same, else the one that suits the place.
    """

    networks: Mapping[str, FileField]
    areas: FileField | None = None
    cuts: Sequence[Path] = ()
    quantities: Mapping[str, FileField] = field(default_factory=dict)
    crs: str | None = None
    options: OverlayOptions = field(default_factory=OverlayOptions)


@dataclass(frozen=True)
class OverlayFiles:
    """The pieces with their quantities, the reports, and the provenance of every file."""

    laid: Overlay
    pieces: gpd.GeoDataFrame
    quantities: dict[str, QuantityReport]
    inputs: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {
            "overlay": self.laid.report.to_dict(),
            "quantities": {name: report.to_dict() for name, report in self.quantities.items()},
            "inputs": self.inputs,
        }


def overlay_files(request: OverlayRequest) -> OverlayFiles:
    """Read, overlay, and bring the quantities to the pieces. Raises FileError, CrsUnclear, InputError, TooLarge."""
    files = _Files(request.crs)
    networks = {name: files.network(given) for name, given in request.networks.items()}
    areas = files.network(request.areas) if request.areas else None
    cuts = {str(path): files.intake(path) for path in request.cuts}
    layers = {name: (files.intake(given.path), given.field) for name, given in request.quantities.items()}
    crs = _metric(request.crs, list(files.read.values()))
    laid = overlay(
        {name: _in(crs, *network) for name, network in networks.items()},
        areas=_in(crs, *areas) if areas else None,
        cuts={name: _in(crs, intake, intake.frame) for name, intake in cuts.items()},
        crs=crs,
        options=request.options,
    )
    pieces, reports = laid.pieces, {}
    for name, (intake, of) in layers.items():
        counts = _counted(intake, name, of)
        pieces, reports[name] = add_quantities(pieces, _in(crs, intake, counts), [name])
    return OverlayFiles(laid, pieces, reports, {str(path): intake.provenance for path, intake in files.read.items()})


def write_pieces(made: OverlayFiles, path: Path) -> None:
    """Pieces in the metric system (GeoJSON: in degrees), with the report and the files' provenance inside."""
    write_frames(made.pieces, path, metadata=made.to_dict())


def write_borders(made: OverlayFiles, path: Path) -> None:
    """The borders of the pieces, with who drew them (several joined by `|`), in the same system as the pieces."""
    borders = made.laid.borders
    write_frames(borders.assign(drawn_by=borders["drawn_by"].map(JOIN.join)), path, metadata=made.to_dict())


def write_moves(made: OverlayFiles, path: Path) -> None:
    """Every corner that conflation moved, as a line from where to where."""
    write_frames(made.laid.moved, path, metadata=made.to_dict())


class _Files:
    """Every file is read once, however often it is named."""

    def __init__(self, crs: str | None) -> None:
        self.crs = crs
        self.read: dict[Path, Intake] = {}

    def intake(self, path: Path) -> Intake:
        if path not in self.read:
            try:
                self.read[path] = open_boundary_file(path)
            except CrsUnclear:
                if not self.crs:
                    raise
                self.read[path] = open_boundary_file(path, crs=self.crs)
        return self.read[path]

    def network(self, given: FileField) -> tuple[Intake, gpd.GeoDataFrame]:
        intake = self.intake(given.path)
        return intake, network_frame(intake, given.field or None).frame


def _metric(crs: str | None, intakes: Sequence[Intake]) -> str:
    if crs and parse_crs(crs).proj.is_projected:
        return crs
    own = {intake.crs_name for intake in intakes}
    if len(own) == 1 and is_metric(name := own.pop()):
        return name
    bounds = [intake.frame.total_bounds for intake in intakes if len(intake.frame)]
    if not bounds:
        raise InputError("the files have no features")
    west, south = min(box[0] for box in bounds), min(box[1] for box in bounds)
    east, north = max(box[2] for box in bounds), max(box[3] for box in bounds)
    return metric_crs(float(west + east) / 2, float(south + north) / 2)


def _in(crs: str, intake: Intake, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with the file's own coordinates where they are in `crs`: no round trip through degrees."""
    system = parse_crs(intake.crs_name)
    if system.offset or system.proj != parse_crs(crs).proj:
        return frame
    return frame.set_geometry(gpd.GeoSeries(intake.source.frame.geometry.to_numpy(), frame.index, crs=system.proj))


def _counted(intake: Intake, name: str, of: str) -> gpd.GeoDataFrame:
    """The layer with the quantity as a column: the numbers of a field, or one per feature."""
    return layer_frame(intake, {name: of}).frame if of else layer_frame(intake).frame.assign(**{name: 1.0})
