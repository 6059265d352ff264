"""Divide the polygons of a file without a database: what `onegrid divide` does."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from app.errors import FileError, InputError
from app.files.source import Source
from app.files.writing import write_frames
from app.services.networks.intake import Intake, open_boundary_file
from app.services.plans.division_requests import BridgeRequest
from app.services.progress import Progress, silent
from app.spatial.coordinates.crs import metric_crs
from app.spatial.division.adjacency import Adjacency, build_adjacency
from app.spatial.division.bridges import bridge_between
from app.spatial.division.codes import reading_order
from app.spatial.division.division import Division, divide
from app.spatial.division.grids import build_grids
from app.spatial.division.terms import Band, Bridge, Load, Rules, Weights
from app.spatial.proposals.candidates import SPREAD, Candidate, find_candidates
from app.spatial.scoring.load_scores import station_distances
from app.spatial.scoring.plan_scores import PlanScore
from app.spatial.scoring.scores import score_grids
from app.spatial.search.tasks import Report

KIND = "resident"  # a plain file is divided as ground of one kind


@dataclass(frozen=True)
class FileDivision:
    """What is asked of the division of a file. Either `grids` or `band` (minimum, target, maximum) is given.

    `area_field`: grids do not cross its borders; rows without a value are not divided. `keep_fields`: columns with the
    grids there are now, for the weights `stable` and `follow`. `compound_field`: rows with the same value stay
    together; `compounds`: such a value → into how many grids it is divided. `loads`: further fields to share evenly.
    `bridges`: places joined though they do not touch, each a row (from 0, as an overlay numbers its pieces) or a
    longitude and latitude. `stations`: a file of places to be near to. `strict`: a wish that cannot be met is an error.
    `candidates`: at most so many plans (1 to 5) between keeping what is and making it even, see `proposals.candidates`.
    """

    weight: str = "households"
    grids: int | None = None
    band: tuple[float, float, float] | None = None
    area_field: str | None = None
    keep_fields: tuple[str, ...] = ()
    seed: int = 1
    time_s: float | None = None
    effort: float | None = None
    weights: Weights = field(default_factory=Weights)
    compound_field: str | None = None
    loads: tuple[Load, ...] = ()
    bridges: tuple[BridgeRequest, ...] = ()
    compounds: Mapping[str, int] = field(default_factory=dict)
    stations: Path | None = None
    strict: bool = False
    candidates: int = 1
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        if (self.grids is None) == (self.band is None):
            raise InputError("give either --grids K or --band MIN,TARGET,MAX")

    def bands(self) -> dict[str, Band]:
        # with a number of grids the target follows from the file; the band is then ±25 % around it
        return {KIND: Band(self.weight, *(self.band or (0.75, 1.0, 1.25)))}


@dataclass(frozen=True)
class DividedFile:
    """`frame`: the rows of the file in its own CRS and order, with `grid` (1 … k in reading order, missing: none).

    `candidates`: the plans to choose from where several were asked for, the one told of first; the others are in
    columns `grid_2`, `grid_3`, …
    """

    frame: gpd.GeoDataFrame
    division: Division
    score: PlanScore
    seconds: float
    notes: tuple[str, ...]
    candidates: tuple[Candidate, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The summary: counts, sizes, hard rules, shapes, seconds."""
        report = self.division.report
        deviation = (self.division.grids["amount"] / self.division.grids["target"] - 1.0).abs()
        return {
            "grids": report.grids,
            "pieces": report.pieces,
            "undivided": report.undivided,
            "target": float(self.division.grids["target"].iloc[0]),
            "deviation_max": report.deviation_max,
            "deviation_p95": report.deviation_p95,
            "deviation_std": report.deviation_std,
            "within_25_percent": float((deviation <= 0.25).mean()),
            "inside_band": report.inside_band,
            "broken": report.broken,
            "over_areas": report.over_areas,
            "holes": self.score.holes,
            "polsby_popper_mean": self.score.polsby_popper_mean,
            "polsby_popper_p10": self.score.polsby_popper_p10,
            "cut_km": report.cut_m / 1000.0,
            "preserved": self.score.preserved,
            "below_band": len(report.below_band),
            "oversized": len(report.oversized),
            "torn_compounds": report.torn_compounds,
            "bridges": report.bridges,
            "loads": report.loads.get(KIND, {}),
            "station_m": self.score.station_m,
            "proposals": report.proposals,
            "effort": report.effort,
            "seconds": self.seconds,
            "notes": list(self.notes),
            "candidates": _told(self.candidates),
        }


def divide_file(source: Path, target: Path, asked: FileDivision, progress: Progress | None = None) -> DividedFile:
    """Divide the polygons of `source` and write them to `target` with a column `grid`.

    Same file, request and seed: the same bytes (with `time_s`: repeat with the `effort` that was reported). Raises
    what `open_boundary_file` and `divide` raise, and FileError for rows that cannot be divided.
    """
    say = progress or silent()
    say(0.0, "reading")
    intake = open_boundary_file(source, crs=asked.crs, encoding=asked.encoding, layer=asked.layer)
    pieces = _pieces(intake, asked)
    rules = _rules(pieces, asked)
    began = time.perf_counter()
    task = _Task(pieces, rules, build_adjacency(pieces.geometry.to_numpy()), asked)
    spent = time.perf_counter() - began
    found = task.candidates(spent, say.within(0.1, 0.9)) if asked.candidates > 1 else ()
    division = found[0].division if found else task.divide(asked.weights, asked.effort, spent, say.within(0.1, 0.9))
    seconds = time.perf_counter() - began
    score = found[0].score if found else task.measure(division)
    say(0.95, "writing")
    frame = intake.source.frame
    for number, one in enumerate([each.division for each in found] or [division], start=1):
        frame = _numbered(frame, column(number), one, task.outlines(one))
    write_frames(frame, target, metadata=_metadata(intake, asked, division, found))
    return DividedFile(frame, division, score, seconds, _notes(intake, pieces), found)


def column(number: int) -> str:
    """The column of a candidate: `grid`, `grid_2`, `grid_3`, …"""
    return "grid" if number == 1 else f"grid_{number}"


@dataclass(frozen=True, eq=False)
class _Task:
    pieces: gpd.GeoDataFrame
    rules: Rules
    adjacency: Adjacency
    asked: FileDivision

    def divide(self, weights: Weights, effort: float | None, spent: float, say: Report) -> Division:
        """`spent`: seconds of `time_s` that are gone."""
        asked = self.asked
        return divide(
            self.pieces,
            bands=asked.bands(),
            weights=weights,
            rules=self.rules,
            seed=asked.seed,
            grids=asked.grids,
            effort=effort,
            time_s=None if asked.time_s is None or effort else asked.time_s - spent,
            networks=asked.keep_fields,
            adjacency=self.adjacency,
            progress=say,
        )

    def outlines(self, division: Division) -> gpd.GeoDataFrame:
        return build_grids(self.pieces, division.assignment, quantities=())

    def measure(self, division: Division) -> PlanScore:
        shapes = self.outlines(division).geometry.to_numpy()
        bands, keep = {KIND: _band_used(division)}, self.asked.keep_fields
        _, score = score_grids(
            self.pieces, division.assignment, bands=bands, adjacency=self.adjacency, networks=keep, shapes=shapes
        )
        station_m = _station_m(self.pieces, division, self.rules, self.asked.weight)
        return replace(score, loads=division.report.loads, station_m=station_m)

    def candidates(self, spent: float, say: Report) -> tuple[Candidate, ...]:
        """Good plans that differ, the best first; `time_s` is shared by all that are tried."""
        asked = self.asked
        gone = 0.0 if asked.time_s is None else asked.time_s - (asked.time_s - spent) / len(SPREAD)

        def run(weights: Weights, effort: float | None, report: Report) -> Division:
            return self.divide(weights, effort or asked.effort, gone, report)

        held = self.pieces[asked.weight].to_numpy(dtype=float)
        mass = held if held.any() else self.pieces.geometry.area.to_numpy(dtype=float)
        known = bool(asked.keep_fields)
        return tuple(
            find_candidates(run, self.measure, mass, asked.weights, count=asked.candidates, known=known, say=say)
        )


def _pieces(intake: Intake, asked: FileDivision) -> gpd.GeoDataFrame:
    """Shapes in metres, with the columns that the division reads, in the file's order."""
    source = intake.source
    quantities = [asked.weight, *(load.quantity for load in asked.loads)]
    for name in (*quantities, asked.area_field, asked.compound_field, *asked.keep_fields):
        if name is not None and name not in source.frame.columns:
            remedy = f"the fields are {', '.join(source.fields)}"
            raise FileError("there is no such field", file=source.file, field=name, remedy=remedy)
    shapes = _metric(intake)
    lost = np.flatnonzero(shapes.is_empty | shapes.isna() | ~shapes.geom_type.isin(["Polygon", "MultiPolygon"]))
    if len(lost):
        row = int(lost[0]) + 1
        raise FileError("not a polygon", file=source.file, row=row, remedy="leave it out, or repair the file first")
    columns: dict[str, Any] = {name: _amounts(source, name) for name in quantities}
    if asked.compound_field is not None:
        columns["compound"] = _texts(source.frame[asked.compound_field])
    if asked.area_field is not None:
        columns["area"] = _texts(source.frame[asked.area_field])
    columns |= {name: _texts(source.frame[name]) for name in asked.keep_fields}
    return gpd.GeoDataFrame(columns, geometry=shapes.to_numpy(), crs=shapes.crs)


def _amounts(source: Source, name: str) -> Any:
    amount = pd.to_numeric(source.frame[name], errors="coerce").to_numpy(dtype=float)
    wrong = np.flatnonzero(~(np.isfinite(amount) & (amount >= 0)))
    if len(wrong):
        row = int(wrong[0]) + 1
        remedy = "give every row a number of 0 or more"
        raise FileError("not a number of 0 or more", file=source.file, row=row, field=name, remedy=remedy)
    return amount


def _rules(pieces: gpd.GeoDataFrame, asked: FileDivision) -> Rules:
    stations = Rules().stations
    if asked.stations is not None:
        places = open_boundary_file(asked.stations).frame.geometry.to_crs(pieces.crs)
        stations = shapely.get_coordinates(shapely.centroid(places.to_numpy()))
    bridges = [_bridge(pieces, bridge) for bridge in asked.bridges]
    return Rules(
        loads={KIND: asked.loads}, bridges=bridges, compounds=asked.compounds, stations=stations, strict=asked.strict
    )


def _bridge(pieces: gpd.GeoDataFrame, asked: BridgeRequest) -> Bridge:
    shapes, ends = pieces.geometry.to_numpy(), []
    for place in (asked.start, asked.end):
        if isinstance(place, int):
            if not 0 <= place < len(pieces):
                raise InputError(f"a bridge to piece {place}: there are {len(pieces)}, counted from 0")
            point = shapes[place].representative_point()
        else:
            point = gpd.GeoSeries([shapely.Point(place)], crs=4326).to_crs(pieces.crs).iloc[0]
        ends.append((float(point.x), float(point.y)))
    return bridge_between(shapes, ends[0], ends[1], asked.why)


def _station_m(pieces: gpd.GeoDataFrame, division: Division, rules: Rules, weight: str) -> float | None:
    """Mean distance of what is divided to the station of its grid."""
    if not len(rules.stations):
        return None
    mass = pieces[weight].to_numpy(dtype=float)
    centres = shapely.get_coordinates(shapely.centroid(pieces.geometry.to_numpy()))
    count = len(division.grids)
    metres = station_distances(division.assignment, mass, centres, rules.stations, count)
    held = division.grids["amount"].to_numpy(dtype=float)
    return float(np.average(metres, weights=held if held.any() else None))


def _texts(column: pd.Series) -> list[str]:
    return ["" if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]


def _metric(intake: Intake) -> gpd.GeoSeries:
    """The file's own coordinates where they are metres of a projection, else those of the place's metric system."""
    declared = intake.source.crs
    own = intake.source.frame.geometry
    if declared is not None and _in_metres(declared) and intake.crs_name == f"EPSG:{declared.to_epsg()}":
        return own.set_crs(declared, allow_override=True).reset_index(drop=True)
    west, south, east, north = intake.frame.total_bounds
    return intake.frame.geometry.to_crs(metric_crs((west + east) / 2, (south + north) / 2)).reset_index(drop=True)


def _in_metres(crs: CRS) -> bool:
    return bool(crs.is_projected) and all(axis.unit_conversion_factor == 1.0 for axis in crs.axis_info)


def _band_used(division: Division) -> Band:
    """The band after it was fitted to a number of grids."""
    row = division.grids.iloc[0]
    return Band(str(row["quantity"]), float(row["minimum"]), float(row["target"]), float(row["maximum"]))


def _told(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    return [
        {"number": number, "column": column(number)} | one.to_dict() for number, one in enumerate(candidates, start=1)
    ]


def _numbered(frame: gpd.GeoDataFrame, name: str, division: Division, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    number = np.empty(len(grids), dtype=np.int64)
    number[reading_order(grids.geometry)] = np.arange(1, len(grids) + 1)
    divided = division.assignment >= 0
    values = np.where(divided, number[np.where(divided, division.assignment, 0)], 0)
    numbered = frame.copy()
    numbered[name] = pd.array(values, dtype="Int64")
    numbered.loc[~divided, name] = pd.NA
    return numbered


def _metadata(
    intake: Intake, asked: FileDivision, division: Division, candidates: Sequence[Candidate]
) -> dict[str, Any]:
    """What was asked and found; nothing that differs between two runs of the same request."""
    request = {name: value for name, value in asdict(asked).items() if name != "time_s"}
    request["stations"] = None if asked.stations is None else asked.stations.name
    told = {"source": intake.provenance, "asked": request, "report": division.report.to_dict()}
    return told | ({"candidates": _told(candidates)} if candidates else {})


def _notes(intake: Intake, pieces: gpd.GeoDataFrame) -> tuple[str, ...]:
    notes: Sequence[str] = intake.notes
    several = int((shapely.get_num_geometries(pieces.geometry.to_numpy()) > 1).sum())
    if several:
        notes = [
            *notes,
            f"{several} rows have several parts; each is kept whole, so their grids have several parts too",
        ]
    if not shapely.coverage_is_valid(pieces.geometry.to_numpy()):
        notes = [*notes, "the polygons overlap or do not share their vertices; `onegrid check` tells where"]
    return tuple(notes)
