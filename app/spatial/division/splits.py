"""Split pieces that hold more than a grid may, by short straight lines, without breaking the coverage.

Where a cut ends on a border, the neighbours on the other side get the same vertex, so that shared borders keep shared
vertices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from app.spatial.division.split_lines import Inserted, Points, content_of, cut_in_parts, with_vertices
from app.spatial.division.terms import Band

Floats = NDArray[np.float64]

GRAIN = 0.25
"""Content of a part, in targets. Parts as large as a grid could only be taken or left; quarters can be put together
with what lies beside them (Washington DC: .96 of the grids inside the band, against .83), and a line between two parts
that end up in one grid is gone."""


@dataclass(frozen=True)
class Split:
    """One piece that was cut. `into`: numbers of the new pieces; `why` for people."""

    piece: int
    into: list[int]
    quantity: str
    amount: float
    why: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def split_oversized(
    pieces: gpd.GeoDataFrame,
    bands: Mapping[str, Band],
    *,
    points: gpd.GeoDataFrame | None = None,
    grain: float = GRAIN,
) -> tuple[gpd.GeoDataFrame, list[Split]]:
    """Pieces above their kind's maximum cut into equal parts of about `grain` targets; a campus is never cut.

    A quantity inside a piece counts as even over its area, or as the `points` (metric CRS of the pieces, with a
    column for the quantity that is divided, else 1 each) say where some lie in it. New pieces follow at the end, the
    first keeps the number of the old one; `split_from` names the old piece (-1: not split). Every quantity is shared
    out exactly: whole numbers stay whole numbers, and the parts sum to what the piece held. A line that meets a bay
    may leave more parts than asked for.
    """
    shapes = pieces.geometry.to_numpy()
    inserted: Inserted = {}
    cut: dict[int, list[Polygon]] = {}
    found: list[tuple[int, Band, float]] = []
    for at, band, amount in _oversized(pieces, bands):
        inside = _points_in(points, band.quantity, shapes[at])
        parts = cut_in_parts(shapes[at], max(2, round(amount / (grain * band.target))), inside, inserted)
        if len(parts) > 1:
            cut[at] = parts
            found.append((at, band, amount))
    if not cut:
        return pieces.assign(split_from=-1), []
    return _rebuilt(pieces, cut, inserted, points, bands), _splits(found, cut, len(pieces))


def _oversized(pieces: gpd.GeoDataFrame, bands: Mapping[str, Band]) -> Iterator[tuple[int, Band, float]]:
    kinds = pieces["kind"].astype(str) if "kind" in pieces else pd.Series("resident", index=pieces.index)
    campus = pieces["campus"].fillna("").astype(str) if "campus" in pieces else pd.Series("", index=pieces.index)
    area = pieces.geometry.area.to_numpy()
    for at, (kind, name) in enumerate(zip(kinds, campus, strict=True)):
        band = bands.get(kind)
        if band is None or (kind == "institution" and name):
            continue
        column = area if band.quantity == "area_m2" else pieces[band.quantity].to_numpy(dtype=float)
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


def _splits(found: Sequence[tuple[int, Band, float]], cut: Mapping[int, list[Polygon]], count: int) -> list[Split]:
    made, last = [], count
    for at, band, amount in found:
        into = [at, *range(last, last + len(cut[at]) - 1)]
        last += len(cut[at]) - 1
        why = f"{amount:g} {band.quantity} are more than a grid may hold ({band.maximum:g})"
        made.append(Split(at, into, band.quantity, amount, why))
    return made
