"""Split pieces that hold more than a grid may: along roads, else by short straight lines; the coverage stays whole.

Where a cut ends on a border, the neighbours on the other side get the same vertex, so that shared borders keep shared
vertices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from app.spatial.division.columns import read_members, texts
from app.spatial.division.terms import Band, Rules
from app.spatial.splitting.split_lines import Inserted, Place, Points, Shapes, content_of, cut_each, with_vertices
from app.spatial.splitting.split_roads import cut_along_roads

Floats = NDArray[np.float64]

GRAIN = 0.25
"""Content of a part, in targets. Parts as large as a grid could only be taken or left; quarters can be put together
with what lies beside them (Washington DC: .96 of the grids inside the band, against .83), and a line between two parts
that end up in one grid is gone."""


ALONG = 1.0  # m: a cut this near to a road runs along it


@dataclass(frozen=True)
class Split:
    """One piece that was cut. `into`: numbers of the new pieces; `why` for people; `lines`: where, as coordinates in
    the CRS of the pieces, `line_m` long, of which `road_m` run along roads."""

    piece: int
    into: list[int]
    quantity: str
    amount: float
    why: str
    lines: list[list[list[float]]]
    line_m: float
    road_m: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class SplitAids:
    """What a split looks at, in the CRS of the pieces.

    `points`: where a quantity is, with a column for it, else 1 each. `roads`: lines that a cut should follow;
    `buildings`: polygons that it should not run through. `grain`: content of a part, in targets.
    """

    points: gpd.GeoDataFrame | None = None
    roads: Shapes | None = None
    buildings: Shapes | None = None
    grain: float = GRAIN


def split_oversized(
    pieces: gpd.GeoDataFrame,
    bands: Mapping[str, Band],
    *,
    aids: SplitAids | None = None,
    rules: Rules | None = None,
    refused: Collection[int] = (),
) -> tuple[gpd.GeoDataFrame, list[Split]]:
    """Pieces above their kind's maximum cut into parts of about `grain` targets, equal where nothing is in the way.

    Left whole: campuses, compounds (unless the rules divide them into several grids), pieces of locked grids, and those
    `refused` (positions). A quantity inside a piece counts as even over its area, or as the `points` say where some lie
    in it. New pieces follow at the end, the first keeps the number of the old one; `split_from` names the old piece
    (-1: not split). Every quantity is shared out exactly: whole numbers stay whole numbers, and the parts sum to what
    the piece held. A line that meets a bay may leave more parts than asked for.
    """
    aids, shapes = aids or SplitAids(), pieces.geometry.to_numpy()
    inserted: Inserted = {}
    cut: dict[int, list[Polygon]] = {}
    found: list[tuple[int, Band, float]] = []
    for at, band, amount in _oversized(pieces, bands, rules or Rules(), refused):
        inside = _points_in(aids.points, band.quantity, shapes[at])
        count = max(2, round(amount / (aids.grain * band.target)))
        parts = _cut(with_vertices(shapes[at], inserted), count, inside, inserted, aids)
        if len(parts) > 1:
            cut[at] = parts
            found.append((at, band, amount))
    if not cut:
        return pieces.assign(split_from=-1), []
    return _rebuilt(pieces, cut, inserted, aids.points, bands), _splits(found, cut, len(pieces), inserted, aids)


def _cut(shape: Polygon, count: int, points: Points | None, inserted: Inserted, aids: SplitAids) -> list[Polygon]:
    faces = [shape]
    if aids.roads is not None and len(aids.roads):
        floor = 0.5 * content_of(shape, points) / count
        faces = cut_along_roads(shape, aids.roads, points, floor, inserted)
    return list(cut_each(faces, count, points, inserted, aids.buildings))


def _oversized(
    pieces: gpd.GeoDataFrame, bands: Mapping[str, Band], rules: Rules, refused: Collection[int]
) -> Iterator[tuple[int, Band, float]]:
    kinds, areas, members = texts(pieces, "kind", "resident"), texts(pieces, "area"), read_members(pieces)
    area_m2 = pieces.geometry.area.to_numpy()
    kept = {*refused, *(piece for grid in rules.locked for piece in grid.pieces)}
    for at, (kind, area, member) in enumerate(zip(kinds, areas, members, strict=True)):
        whole = member != "" and rules.compounds.get(member, 1) <= 1
        if kind not in bands or whole or at in kept:
            continue
        band = rules.band(bands, area, kind)
        column = area_m2 if band.quantity == "area_m2" else pieces[band.quantity].to_numpy(dtype=float)
        if column[at] > band.maximum:
            yield at, band, float(column[at])


def _points_in(points: gpd.GeoDataFrame | None, quantity: str, shape: Polygon) -> Points | None:
    """Coordinates and weights of the points inside, or None where there are none with any weight."""
    if points is None or quantity == "area_m2":
        return None
    at = np.sort(points.sindex.query(shape, predicate="covers"))
    weight = points[quantity].to_numpy(dtype=float)[at] if quantity in points else np.ones(len(at))
    if not weight.sum() > 0:
        return None
    return shapely.get_coordinates(points.geometry.to_numpy()[at]), weight


def _rebuilt(
    pieces: gpd.GeoDataFrame,
    cut: Mapping[int, list[Polygon]],
    inserted: Inserted,
    points: gpd.GeoDataFrame | None,
    bands: Mapping[str, Band],
) -> gpd.GeoDataFrame:
    shapes = pieces.geometry.to_numpy().copy()
    parts = {at: [with_vertices(part, inserted) for part in found] for at, found in cut.items()}
    # a millimetre finds every neighbour of a new vertex, and nothing else depends on it
    touched = shapely.STRtree(shapes).query(shapely.points(list(inserted.values())), "dwithin", distance=1e-3)[1]
    for at in np.unique(touched):
        shapes[at] = with_vertices(shapes[at], inserted)
    rows = [np.full(len(found) - 1, at, dtype=np.int64) for at, found in cut.items()]
    origin = np.concatenate([np.arange(len(pieces)), *rows])
    for at, found in parts.items():
        shapes[at] = found[0]
    shapes = np.concatenate([shapes, *(np.array(found[1:], dtype=object) for found in parts.values())])
    rebuilt = pieces.iloc[origin].reset_index(drop=True).set_geometry(gpd.GeoSeries(shapes, crs=pieces.crs))
    rebuilt["split_from"] = np.where(np.isin(origin, list(cut)), origin, -1)
    if "piece" in rebuilt:
        rebuilt["piece"] = np.arange(len(rebuilt))
    if "area_m2" in rebuilt:
        rebuilt["area_m2"] = rebuilt.geometry.area
    for name in _shared_out(pieces):
        # points without a column of their own still stand for the quantity that was divided
        told = points is not None and (name in points or any(band.quantity == name for band in bands.values()))
        _share_out(rebuilt, name, cut, points if told else None)
    rebuilt.attrs = dict(pieces.attrs)
    return rebuilt


def _shared_out(pieces: gpd.GeoDataFrame) -> list[str]:
    """Columns that are amounts: those in `attrs["quantities"]`, or else every number column but number and area."""
    if "quantities" in pieces.attrs:
        return list(pieces.attrs["quantities"])
    numbers = pieces.select_dtypes("number").columns
    return [str(name) for name in numbers if name not in ("piece", "area_m2", "campus_share")]


def _share_out(
    pieces: gpd.GeoDataFrame, name: str, cut: Mapping[int, list[Polygon]], points: gpd.GeoDataFrame | None
) -> None:
    """Give each split piece's amount of `name` to its parts, in whole numbers where the amount is one."""
    values = pieces[name].to_numpy().copy()
    origin = pieces["split_from"].to_numpy()
    shapes = pieces.geometry.to_numpy()
    for at, found in cut.items():
        rows = np.flatnonzero(origin == at)
        inside = _points_in(points, name, shapely.union_all(found))
        values[rows] = apportioned(float(values[at]), np.array([content_of(shapes[row], inside) for row in rows]))
    pieces[name] = values


def apportioned(amount: float, contents: Floats) -> Floats:
    """`amount` in proportion to `contents`: a whole number by largest remainders, else the last part takes the rest."""
    total = contents.sum()
    shares = contents / total * amount if total > 0 else np.full(len(contents), amount / len(contents))
    if amount != int(amount):
        shares[-1] = amount - shares[:-1].sum()
        return shares
    whole = np.floor(shares)
    short = round(float(amount - whole.sum()))
    whole[np.lexsort((np.arange(len(shares)), whole - shares))[:short]] += 1
    return whole


def _splits(
    found: Sequence[tuple[int, Band, float]],
    cut: Mapping[int, list[Polygon]],
    count: int,
    inserted: Inserted,
    aids: SplitAids,
) -> list[Split]:
    made, last = [], count
    for at, band, amount in found:
        into = [at, *range(last, last + len(cut[at]) - 1)]
        last += len(cut[at]) - 1
        why = f"{amount:g} {band.quantity} are more than a grid may hold ({band.maximum:g})"
        lines = _lines([with_vertices(part, inserted) for part in cut[at]])
        road_m = 0.0 if aids.roads is None else _along(lines, aids.roads)
        drawn = [shapely.get_coordinates(line).tolist() for line in shapely.get_parts(lines)]
        made.append(Split(at, into, band.quantity, amount, why, drawn, float(lines.length), road_m))
    return made


def _along(lines: shapely.Geometry, roads: Shapes) -> float:
    """Metres of the lines that run along roads; a road that only crosses them counts nothing."""
    near = shapely.union_all(shapely.buffer(roads[shapely.dwithin(roads, lines, ALONG)], ALONG))
    stretches = shapely.length(shapely.get_parts(shapely.intersection(lines, near)))
    return float(stretches[stretches > 4.0 * ALONG].sum())


def _lines(parts: Sequence[Polygon]) -> shapely.Geometry:
    """The lines between the parts of a piece: the border segments that two of them have."""
    seen: Counter[tuple[Place, Place]] = Counter()
    for part in parts:
        for ring in (part.exterior, *part.interiors):
            points: list[Place] = list(ring.coords)
            seen.update((min(a, b), max(a, b)) for a, b in pairwise(points))
    inner = sorted(segment for segment, times in seen.items() if times > 1)
    return shapely.line_merge(shapely.multilinestrings(shapely.linestrings(np.array(inner))))
