"""Files read part by part into a spool: their borders as rows of whole steps, sorted into strips of the ground."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from app.errors import CrsUnclear, FileError, InputError
from app.files.feature_parts import Box, FeatureFile, open_features
from app.files.spool import Spool
from app.services.networks.intake_fields import CODE_WORDS, texts_of
from app.spatial.coordinates.crs import Crs, declared_crs, metric_crs, parse_crs, points_to_wgs84, to_wgs84
from app.spatial.coordinates.crs_check import complaint
from app.spatial.pieces.linework import Lines, cut_lines, metric_shapes, on_grid, read_source, ring_lines
from app.spatial.pieces.overlay import is_metric
from app.spatial.pieces.overlay_report import Listed
from app.spatial.planar.precision import Precision, bounds_of, precision_for
from app.spatial.planar.strips import EVERYWHERE, Span, reach, stored

_BIN_M = 10.0
"""Strips begin at whole multiples of this many metres, in the count of segments that they are planned by."""
ROW = 5
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Placed:
    """A file, the field of its codes ('': none is wanted) and its coordinate system."""

    file: FeatureFile
    code: str
    system: Crs

    def frames(self, crs: str) -> Iterator[tuple[int, gpd.GeoDataFrame]]:
        """Part by part: the number of its first row and a frame with `code`, in `crs` where the file is, else WGS 84.

        Raises FileError.
        """
        first, own = 1, not self.system.offset and self.system.proj == parse_crs(crs).proj
        for part in self.file.parts(self.code or None):
            codes = texts_of(part, self.code) if self.code else [""] * len(part)
            frame = gpd.GeoDataFrame({"code": codes}, geometry=part.geometry.to_numpy())
            try:
                yield first, frame.set_crs(self.system.proj) if own else to_wgs84(frame, self.system)
            except InputError as error:
                remedy = "check --crs and the coordinates"
                raise FileError(error.detail, file=self.file.path.name, remedy=remedy) from None
            first += len(part)


def place_file(path: Path, code: str | None, crs: str | None) -> Placed:
    """`code`: a field, '' to take the one named like a code, None for none; `crs` where the file declares none.

    Raises FileError, CrsUnclear, InputError.
    """
    file = open_features(path)
    if file.crs is not None:
        system = declared_crs(file.crs)
    elif crs:
        system = parse_crs(crs)
    else:
        raise CrsUnclear("the file does not say its coordinate system", file=path.name, remedy="give it with --crs")
    wrong = complaint(file.bounds, system, None) if file.bounds else None
    if wrong is not None and wrong.fatal:
        raise CrsUnclear(wrong.detail, file=path.name, remedy=wrong.remedy, guess=wrong.guess, reason=wrong.detail)
    return Placed(file, "" if code is None else _code_field(file, code), system)


def _code_field(file: FeatureFile, code: str) -> str:
    wanted = (code.lower(),) if code else CODE_WORDS
    alike = [name for name in file.fields if name == code] or [name for name in file.fields if name.lower() in wanted]
    if len(alike) == 1:
        return alike[0]
    there = ", ".join(file.fields) or "none"
    detail = f"there is no field {code!r} for the code" if code else "it is not clear which field is the code"
    remedy = "name it as NAME=FILE:FIELD"
    raise FileError(f"{detail}; the fields are: {there}", file=file.path.name, remedy=remedy, fields=file.fields)


def metric_system(asked: str | None, files: Sequence[Placed]) -> str:
    """The metric system asked for, else that of all files, else the one that suits the middle of their bounds."""
    if asked and parse_crs(asked).proj.is_projected:
        return asked
    names = {one.system.name for one in files}
    if len(names) == 1 and not files[0].system.definition and is_metric(name := names.pop()):
        return name
    boxes = np.array([_in_degrees(one.file.bounds, one.system) for one in files if one.file.bounds])
    if not len(boxes):
        raise InputError("the files have no features")
    lon, lat = (boxes[:, :2].min(axis=0) + boxes[:, 2:].max(axis=0)) / 2
    return metric_crs(float(lon), float(lat))


def _in_degrees(box: Box, system: Crs) -> list[float]:
    lon, lat = points_to_wgs84(np.array(box[0::2]), np.array(box[1::2]), system)
    return [float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())]


@dataclass
class StripSources:
    """Borders laid aside in a spool; owners number the grids of all sources on end, cut layer i is −1 − i."""

    spool: Spool
    crs: str
    listed: list[Listed] = field(default_factory=list)
    grids: int = 0
    parts: int = 0
    segments: int = 0
    lowest: Floats = field(default_factory=lambda: np.full(2, np.inf))
    highest: Floats = field(default_factory=lambda: np.full(2, -np.inf))
    begins: Counter[int] = field(default_factory=Counter)

    def add_source(self, name: str, file: Placed) -> None:
        """A network, or the areas; to be added in the order of `StripOverlay.sources`."""
        parts = []
        for first, frame in file.frames(self.crs):
            source = read_source(name, frame, self.crs, first)
            self._lay_aside(ring_lines(source.shapes, self.grids))
            self.grids += len(source.shapes)
            parts.append(Listed.of(source))
        self.listed.append(Listed.together(name, parts))

    def add_cuts(self, layer: int, name: str, file: Placed) -> None:
        for _, frame in file.frames(self.crs):
            shapes = metric_shapes(name, frame, parse_crs(self.crs).proj)
            self._lay_aside(cut_lines(shapes, -1 - layer))

    def _lay_aside(self, lines: Lines) -> None:
        if not len(lines.start):
            return
        lowest, highest = bounds_of(lines.points)
        self.lowest, self.highest = np.minimum(self.lowest, lowest), np.maximum(self.highest, highest)
        bins, counts = np.unique(np.floor(lines.points[lines.start, 0] / _BIN_M), return_counts=True)
        self.begins.update(dict(zip(bins.astype(int).tolist(), counts.tolist(), strict=True)))
        self.segments += len(lines.start)
        self.spool.put(f"part-{self.parts}", {"points": lines.points, "start": lines.start, "owner": lines.owner})
        self.parts += 1

    def sorted_into(self, strips: int, grid_size: float | None) -> SortedStrips:
        """All borders in steps of the precision grid, sorted into at most so many strips of about equal numbers.

        InputError where there is no ground, or the grid is too fine for it.
        """
        if not self.grids:
            raise InputError("there is no ground to lay over: no network and no area has a polygon")
        precision = precision_for(self.lowest, self.highest, grid_size)
        spans = _spans(self.begins, strips, precision)
        widest = tallest = 0
        for part in range(self.parts):
            kept = self.spool.take(f"part-{part}")
            steps = on_grid([Lines(kept["points"], kept["start"], kept["owner"])], precision)
            widest = max(widest, int(np.abs(steps.x[steps.end] - steps.x[steps.start]).max()))
            tallest = max(tallest, int(np.abs(steps.y[steps.end] - steps.y[steps.start]).max()))
            for number, rows in stored(steps, spans):
                self.spool.add_rows(f"strip-{number}", rows)
        margin = reach(widest, tallest, precision.size)
        return SortedStrips(precision, spans, margin, lambda number: self.spool.rows(f"strip-{number}", ROW))


@dataclass(frozen=True)
class SortedStrips:
    """What `planar.strips.strip_arcs` asks for."""

    precision: Precision
    spans: list[Span]
    margin: int
    read: Callable[[int], npt.NDArray[np.int64]]


def _spans(begins: Counter[int], strips: int, precision: Precision) -> list[Span]:
    bins = np.array(sorted(begins), np.int64)
    total = np.cumsum([begins[one] for one in bins.tolist()])
    places = np.searchsorted(total, total[-1] * np.arange(1, strips) / strips)
    metres = np.unique(bins[places]) * _BIN_M
    stops = np.unique(np.rint((metres - precision.east) * precision.per_metre).astype(np.int64))
    return list(pairwise([EVERYWHERE[0], *stops.tolist(), EVERYWHERE[1]]))
