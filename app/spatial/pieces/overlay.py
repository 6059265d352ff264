"""The overlay: networks, administrative areas and cuts noded together and cut into pieces.

All borders go into one planar arrangement on a precision grid (`noding`), its faces get the grids that own them from
the borders themselves (`faces`), slivers are absorbed (`slivers`). docs/overlay.md tells the method and its precision.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.errors import InputError
from app.spatial.coordinates.crs import parse_crs
from app.spatial.pieces.borders import AREAS, EDIT, NOBODY, SPLIT, Linework, border_frame, drawers, with_dropped
from app.spatial.pieces.claims import Claims, claims_of, enclosed_ground, joined_codes
from app.spatial.pieces.conflation import Moves, conflate, moves_frame, report_of
from app.spatial.pieces.linework import JOIN, Lines, Source, lines_of, metric_shapes, on_grid, read_source
from app.spatial.pieces.overlay_report import OverlayReport, is_valid_coverage, source_report, union_area
from app.spatial.pieces.slivers import Regions, Shared, SliverLimits, SliverReport, absorb
from app.spatial.planar.faces import OUTSIDE, Faces, find_faces
from app.spatial.planar.precision import Precision, bounds_of, precision_for
from app.spatial.planar.strips import arrange
from app.spatial.planar.types import Flags, Floats, Ints

AREA = "area"
RESERVED = frozenset({"piece", "area", "kind", "grid", "area_m2", "geometry", "evidence", AREAS, SPLIT, EDIT})


@dataclass(frozen=True)
class OverlayOptions:
    """`grid_size` in metres; None: the finest that the ground allows, 10⁻⁷ m up to 100 km, 10⁻⁶ m up to 1,000 km.

    Faces smaller than `sliver_area` (m²) AND narrower than `sliver_width` (m) are absorbed; 0 keeps all.
    `strips`: in how many parts the borders are noded, from west to east; None: as the size asks for. The pieces do not
    depend on it. With `conflate` (m) above 0 borders that are no further apart are brought together first, see
    `conflation`, in the order of `authority`: names of networks, of cut layers, or `areas`; those not named follow: the
    areas, the networks in the order given, the cut layers. `verify` measures the union of the inputs and the validity
    of the pieces with GEOS, for the report.
    """

    grid_size: float | None = None
    sliver_area: float = 10.0
    sliver_width: float = 0.5
    strips: int | None = None
    conflate: float = 0.0
    authority: Sequence[str] = ()
    verify: bool = True


@dataclass(frozen=True)
class Overlay:
    """`pieces` in the metric CRS: `piece`, a column per network, `area`, `area_m2`, geometry; and the report."""

    pieces: gpd.GeoDataFrame
    report: OverlayReport
    linework: Linework
    moves: Sequence[Moves] = ()

    @property
    def moved(self) -> gpd.GeoDataFrame:
        """Every corner that conflation moved, as a line from where to where; see `conflation.moves_frame`."""
        return moves_frame(self.moves, self.linework.crs)

    @cached_property
    def borders(self) -> gpd.GeoDataFrame:
        """The borders frame of the pieces (`borders`), made when it is first asked for."""
        return border_frame(self.linework)


def overlay(
    networks: Mapping[str, gpd.GeoDataFrame],
    *,
    areas: gpd.GeoDataFrame | None = None,
    cuts: Mapping[str, gpd.GeoDataFrame] | None = None,
    crs: str,
    options: OverlayOptions | None = None,
) -> Overlay:
    """Cut the ground of all networks and areas along every border and every cut.

    Networks and areas have columns `code` and geometry, in EPSG:4326 or any other CRS; `crs` must be metric. A grid
    that is invalid is made valid first. A piece names all grids of a network that claim it, joined by `|` in order, ''
    for none; where areas overlap the lowest code counts. Pieces are numbered from west to east (by their westernmost
    corners), whatever the order of the input. InputError where there is nothing to lay over, or a frame cannot be in
    `crs`.
    """
    options = options or OverlayOptions()
    check_request(networks, crs, options)
    sources = [read_source(name, networks[name], crs) for name in sorted(networks)]
    if areas is not None:
        sources.append(read_source(AREA, areas, crs))
    barriers = [metric_shapes(name, frame, parse_crs(crs).proj) for name, frame in sorted((cuts or {}).items())]
    names = [AREAS if source.name == AREA else source.name for source in sources] + sorted(cuts or {})
    with ThreadPoolExecutor(1) as pool:  # GEOS measures the union on the second core meanwhile
        union = pool.submit(union_area, sources) if options.verify else None
        lines, moves = _lines(sources, barriers, names, [AREAS, *networks, *sorted(cuts or {})], options)
        arrangement = _arrange(lines, options)
        claims = claims_of(arrangement.faces, sources)
        laid = _absorb(arrangement, sources, claims, options)
        checks = _Checks(union.result(), is_valid_coverage(laid.polygons)) if union else _Checks(None, None)
    pieces = _frame(laid, sources, list(networks), crs)
    drawn = with_dropped(drawers(arrangement.faces.arcs, sources, names), arrangement.faces, laid.into)
    linework = Linework(arrangement.faces.arcs, *laid.beside, drawn, names, arrangement.precision, crs)
    report = _report(crs, arrangement, sources, claims, laid, checks)
    if moves:
        report = replace(report, conflation=report_of(moves, options.conflate))
    return Overlay(pieces, report, linework, moves)


def check_request(networks: Collection[str], crs: str, options: OverlayOptions) -> None:
    """InputError where networks of these names cannot be laid over each other so."""
    if options.grid_size is not None and not options.grid_size > 0:
        raise InputError(f"a precision grid of {options.grid_size} m is none: give a size above 0")
    if not (options.sliver_area >= 0 and options.sliver_width >= 0):
        raise InputError("the limits of slivers cannot be negative")
    if not options.conflate >= 0:
        raise InputError(f"a tolerance of {options.conflate} m is none: give 0 (no conflation) or more")
    if not networks:
        raise InputError("an overlay needs at least one network")
    for name in networks:
        if name in RESERVED:
            raise InputError(f"a network cannot be called {name!r}: pieces or borders have something of that name")
    if not is_metric(crs):
        raise InputError(f"{crs} is not in true metres; an overlay is computed in a metric coordinate system")


def is_metric(crs: str) -> bool:
    """Whether distances and areas in this system are those on the ground: projected, in metres, and no Mercator map."""
    system = parse_crs(crs).proj
    if not system.is_projected or system.axis_info[0].unit_conversion_factor != 1.0:
        return False
    method = system.coordinate_operation.method_name.lower() if system.coordinate_operation else ""
    return "mercator" not in method or "transverse" in method


@dataclass(frozen=True)
class _Arrangement:
    faces: Faces
    precision: Precision


def _lines(
    sources: Sequence[Source],
    cuts: Sequence[NDArray[np.object_]],
    names: Sequence[str],
    usual: Sequence[str],
    options: OverlayOptions,
) -> tuple[list[Lines], list[Moves]]:
    if not any(len(source.shapes) for source in sources):
        raise InputError("there is no ground to lay over: no network and no area has a polygon")
    lines = lines_of(sources, cuts)
    if not options.conflate:
        return lines, []
    unknown = [name for name in options.authority if name not in names]
    if unknown:
        raise InputError(f"no network or layer {unknown[0]!r} to conflate; there are: {', '.join(names)}")
    order = [name for name in dict.fromkeys([*options.authority, *usual]) if name in names]
    drawn, moves = conflate([lines[names.index(name)] for name in order], order, options.conflate)
    return drawn, moves


def _arrange(lines: Sequence[Lines], options: OverlayOptions) -> _Arrangement:
    lowest, highest = zip(*(bounds_of(one.points) for one in lines), strict=True)
    precision = precision_for(np.min(lowest, axis=0), np.max(highest, axis=0), options.grid_size)
    arcs = arrange(on_grid(lines, precision), precision.size, options.strips)
    return _Arrangement(find_faces(arcs, precision), precision)


@dataclass(frozen=True)
class _Checks:
    union_m2: float | None
    valid: bool | None


@dataclass(frozen=True)
class _Laid:
    """Polygons of the pieces and the face that each grew from; labels of the faces, one array per source.

    `into`: the face that each face ended up in; `beside`: the pieces on the left and right of each arc.
    """

    polygons: NDArray[np.object_]
    area_m2: Floats
    face: Ints
    labels: list[NDArray[np.object_]]
    slivers: SliverReport
    hole: Flags
    closed: Flags
    into: Ints
    beside: tuple[Ints, Ints]


def _absorb(arrangement: _Arrangement, sources: Sequence[Source], claims: Claims, options: OverlayOptions) -> _Laid:
    found, area_m2 = arrangement.faces, arrangement.faces.area_m2
    labels = [
        joined_codes(len(area_m2), *pair, source.codes) for source, pair in zip(sources, claims.pairs, strict=True)
    ]
    labels = [
        lowest_code(label) if source.name == AREA else label for source, label in zip(sources, labels, strict=True)
    ]
    place = numbered(labels[-1]) if sources[-1].name == AREA else np.zeros(len(area_m2), np.int64)
    kept = found.side[0::2] >= 0
    shared = Shared(found.side[0::2][kept], found.side[1::2][kept], found.arcs.length_m[kept])
    hole, hole_m2 = enclosed_ground(shared, claims.owned, area_m2)
    gap = hole & (hole_m2 < options.sliver_area)
    regions = Regions(area_m2, found.border_m, place, claims.owned, claims.owned | gap)
    into, report = absorb(regions, shared, SliverLimits(options.sliver_area, options.sliver_width))
    closed = gap & (into != np.arange(len(into)))
    into[~claims.owned & ~closed] = OUTSIDE
    region = np.where(found.side >= 0, into[found.side], OUTSIDE).reshape(-1, 2)
    merged = find_faces(found.arcs, arrangement.precision, region[:, 0] != region[:, 1])
    face = region.ravel()[merged.half_arc()]
    ground = face != OUTSIDE
    polygons = merged.polygons(arrangement.precision)[ground]
    piece = np.full(len(into), NOBODY, np.int64)
    piece[face[ground]] = np.arange(len(polygons))
    beside = piece[region[:, 0]], piece[region[:, 1]]
    return _Laid(polygons, merged.area_m2[1:][ground], face[ground], labels, report, hole, closed, into, beside)


def lowest_code(labels: NDArray[np.object_]) -> NDArray[np.object_]:
    """Where areas overlap, the lowest code."""
    return np.array([label.split(JOIN, 1)[0] for label in labels], dtype=object)


def numbered(labels: NDArray[np.object_]) -> Ints:
    """Equal labels as equal numbers, 0 for ''."""
    numbers = pd.factorize(np.concatenate([np.array([""], dtype=object), labels]))[0]
    return numbers[1:].astype(np.int64)


def _frame(laid: _Laid, sources: Sequence[Source], networks: Sequence[str], crs: str) -> gpd.GeoDataFrame:
    columns: dict[str, Any] = {"piece": np.arange(len(laid.polygons))}
    label = {source.name: labels[laid.face] for source, labels in zip(sources, laid.labels, strict=True)}
    columns |= {name: label[name] for name in networks}
    columns[AREA] = label.get(AREA, np.full(len(laid.polygons), "", dtype=object))
    columns["area_m2"] = laid.area_m2
    pieces = gpd.GeoDataFrame(columns, geometry=laid.polygons, crs=parse_crs(crs).proj)
    pieces.attrs |= {"networks": list(networks), "quantities": []}
    return pieces


def _report(
    crs: str, arrangement: _Arrangement, sources: Sequence[Source], claims: Claims, laid: _Laid, checks: _Checks
) -> OverlayReport:
    area_m2 = arrangement.faces.area_m2
    told = {
        source.name: source_report(source, *pair, area_m2) for source, pair in zip(sources, claims.pairs, strict=True)
    }
    contested = np.zeros(len(area_m2), np.bool_)
    if AREA in told:
        contested = np.bincount(claims.pairs[-1][0], minlength=len(area_m2)) > 1
    open_hole = laid.hole & ~laid.closed
    ground = float(area_m2[claims.owned].sum())
    return OverlayReport(
        crs=crs,
        grid_size=arrangement.precision.size,
        areas=told.pop(AREA, None),
        networks=told,
        faces=int(claims.owned.sum()),
        pieces=len(laid.polygons),
        ground_m2=ground,
        area_error=None if checks.union_m2 is None else (ground - checks.union_m2) / checks.union_m2,
        valid=checks.valid,
        holes=int(open_hole.sum()),
        hole_m2=float(area_m2[open_hole].sum()),
        gaps_closed=int(laid.closed.sum()),
        gap_m2=float(area_m2[laid.closed].sum()),
        contested=int(contested.sum()),
        contested_m2=float(area_m2[contested].sum()),
        slivers=laid.slivers,
    )
