"""A plan's pieces as the division takes them: metric, with kinds and compounds, split where too large, under rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.errors import InputError, NotFound
from app.models.plans import Plan
from app.services.plans.division_requests import BridgeRequest, DivisionRequest, Place
from app.services.progress import Progress
from app.spatial.coordinates.crs import parse_crs
from app.spatial.division.adjacency import Adjacency, build_adjacency
from app.spatial.division.bridges import bridge_between
from app.spatial.division.campuses import campus_membership
from app.spatial.division.kinds import classify, smooth_kinds
from app.spatial.division.terms import LockedGrid, Rules
from app.spatial.splitting.splits import Split, SplitAids, split_oversized
from app.store.networks import layers as layers_store
from app.store.plans import plan_edits as edits_store
from app.store.plans import plans as store


@dataclass(frozen=True)
class Ground:
    """`request`: with places as points and locks as codes. `locked`: rows of the grids that stay (see
    `plan_edits.grids`). `stored`: the pieces' shapes in degrees, None where a split made new ones."""

    pieces: gpd.GeoDataFrame
    adjacency: Adjacency
    request: DivisionRequest
    rules: Rules
    splits: list[Split]
    locked: gpd.GeoDataFrame
    stored: Any | None

    def fingerprint(self) -> str:
        """Tells whether an assignment of these pieces is one of those others."""
        columns = ["piece", "area", *self.pieces.attrs["quantities"]]
        rows = self.pieces[columns].itertuples(index=False, name=None)
        return hashlib.sha256(json.dumps(list(rows), default=str).encode()).hexdigest()


def prepare(session: Session, plan: Plan, request: DivisionRequest, progress: Progress) -> Ground:
    """Pieces as the overlay left them; where grids are locked, as they stand now, so that these keep their parts."""
    locked = locked_grids(session, plan, request)
    frame = store.pieces_frame(session, plan, unsplit=not len(locked))
    derived = frame["piece"].isin(edits_store.derived(session, plan.id)) if len(locked) else False
    pieces = metric_pieces(session, plan, frame, request).assign(derived=derived)
    request = _as_points(request, pieces)
    barriers = barrier_lines(session, plan)
    adjacency = build_adjacency(pieces.geometry.to_numpy(), barriers=barriers)
    progress(0.1, "finding kinds")
    pieces = keep_attrs(smooth_kinds(classify(pieces), adjacency, request.bands), pieces)
    held = [
        LockedGrid(code, kind, tuple(np.flatnonzero((frame["grid"] == code).to_numpy()).tolist()))
        for code, kind in zip(locked["code"], locked["kind"], strict=True)
    ]
    rules = Rules(
        area_bands=request.area_bands or {},
        loads=request.loads or {},
        compounds=request.compounds or {},
        locked=held,
        stations=stations(session, plan, request),
        strict=request.strict,
    )
    refused = [_piece_at(pieces, place) for place in request.refused_splits]
    rules = replace(rules, tied=_parts_of(pieces, refused, rules))
    made, splits = _split(session, plan, pieces, request, rules, refused, barriers)
    if splits:
        adjacency = build_adjacency(made.geometry.to_numpy(), barriers=barriers)
    rules = replace(rules, bridges=[bridge_of(made, bridge) for bridge in request.bridges])
    stored = None if splits else frame.geometry.to_numpy()
    return Ground(made, adjacency, replace(request, locked=list(locked["code"])), rules, splits, locked, stored)


def locked_grids(session: Session, plan: Plan, request: DivisionRequest) -> gpd.GeoDataFrame:
    """Rows of the grids that stay: those asked for, or those that bear a lock. Raises NotFound for another code."""
    grids = edits_store.grids(session, plan.id)
    if request.locked is None:
        return grids[np.array([lock is not None for lock in grids["lock"]], dtype=bool)]
    if missing := sorted(set(request.locked) - set(grids["code"])):
        raise NotFound(f"plan {plan.name!r} has no grid {missing[0]} to keep")
    return grids[grids["code"].isin(list(request.locked))]


def metric_pieces(session: Session, plan: Plan, stored: gpd.GeoDataFrame, request: DivisionRequest) -> gpd.GeoDataFrame:
    """Pieces in the plan's metric CRS with campus and compound and their shares; what no layer counted is 0."""
    pieces = keep_attrs(stored.drop(columns=["kind", "grid"]).to_crs(parse_crs(plan.crs).proj), stored)
    pieces["campus"] = [row.get("campus", "") for row in pieces["evidence"]]
    pieces["campus_share"] = [float(row.get("campus_share", 0.0)) for row in pieces["evidence"]]
    if "households" not in pieces:
        raise InputError(f"plan {plan.name!r} has no households: import a layer with them and consolidate again")
    for band in request.bands.values():
        if band.quantity not in pieces and band.quantity != "area_m2":
            pieces[band.quantity] = 0.0
    compounds = _layers(session, plan, "compounds")
    if compounds is not None:
        found = campus_membership(pieces, compounds)
        pieces["compound"], pieces["compound_share"] = found.campus, found.share
    return pieces


def barrier_lines(session: Session, plan: Plan) -> Any:
    """Lines of every barriers layer in the plan's CRS, or None."""
    frame = _layers(session, plan, "barriers")
    if frame is None:
        return None
    shapes = frame.geometry.to_numpy()
    polygons = shapely.get_dimensions(shapes) == 2
    return np.where(polygons, shapely.boundary(shapes), shapes)


def keep_attrs(frame: gpd.GeoDataFrame, source: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """pandas drops `attrs` in some operations: the names of networks and quantities are put back."""
    frame.attrs = dict(source.attrs)
    return frame


def _layers(session: Session, plan: Plan, kind: str) -> gpd.GeoDataFrame | None:
    """Every layer of a kind in the plan's CRS, as one frame; None without any."""
    frames = [layers_store.frame(session, layer) for layer in layers_store.every(session, kind)]
    if not frames:
        return None
    proj = parse_crs(plan.crs).proj
    metric = [frame[["code", "geometry"]].to_crs(proj) for frame in frames]
    return gpd.GeoDataFrame(pd.concat(metric, ignore_index=True), crs=proj)


def stations(session: Session, plan: Plan, request: DivisionRequest) -> Any:
    """Coordinates of the stations asked for, or of every layer of stations where nearness to them counts."""
    if request.stations is None and not request.weights.station:
        return Rules().stations
    if request.stations is None:
        frame = _layers(session, plan, "stations")
        if frame is None:
            raise InputError("there is no layer of stations: `onegrid layers import stations FILE` first")
    else:
        layer = layers_store.get(session, request.stations)
        frame = layers_store.frame(session, layer).to_crs(parse_crs(plan.crs).proj)
    return shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy()))


def _split(
    session: Session,
    plan: Plan,
    pieces: gpd.GeoDataFrame,
    request: DivisionRequest,
    rules: Rules,
    refused: Sequence[int],
    barriers: Any,
) -> tuple[gpd.GeoDataFrame, list[Split]]:
    """Pieces too large for a grid in parts. `derived` marks all pieces then: a split puts new corners into neighbours,
    and pieces that were moved to the metric CRS and back fit only each other to the last digit."""
    houses = _layers(session, plan, "buildings")
    shapes = None if houses is None else houses.geometry.to_numpy()
    if shapes is not None:
        shapes = shapes[shapely.get_dimensions(shapes) == 2]
    aids = SplitAids(roads=barriers, buildings=shapes)
    tied = [piece for group in rules.tied for piece in group]
    made, splits = split_oversized(pieces, request.bands, aids=aids, rules=rules, refused=[*refused, *tied])
    made = keep_attrs(made.assign(derived=True) if splits else made, pieces)
    made["evidence"] = [
        {**evidence, "split_from": int(pieces["piece"].iloc[origin])} if origin >= 0 else evidence
        for evidence, origin in zip(made["evidence"], made["split_from"], strict=True)
    ]
    return made, splits


def _as_points(request: DivisionRequest, pieces: gpd.GeoDataFrame) -> DivisionRequest:
    """Numbers of pieces as points inside them: they say the same after the next consolidation."""
    inside = dict(zip(pieces["piece"], pieces.geometry.representative_point().to_crs(4326), strict=True))

    def point(place: Place) -> Place:
        if not isinstance(place, int):
            return place
        if place not in inside:
            raise InputError(f"there is no piece {place}; there are {len(pieces)}")
        return float(inside[place].x), float(inside[place].y)

    bridges = [replace(bridge, start=point(bridge.start), end=point(bridge.end)) for bridge in request.bridges]
    return replace(request, bridges=bridges, refused_splits=[point(place) for place in request.refused_splits])


def _metric_point(pieces: gpd.GeoDataFrame, place: Place) -> tuple[float, float]:
    assert not isinstance(place, int)
    point = gpd.GeoSeries([shapely.Point(place)], crs=4326).to_crs(pieces.crs).iloc[0]
    return float(point.x), float(point.y)


def _piece_at(pieces: gpd.GeoDataFrame, place: Place) -> int:
    found = pieces.sindex.query(shapely.Point(_metric_point(pieces, place)), predicate="intersects")
    if not len(found):
        raise InputError(f"there is no piece at {place}")
    return int(found.min())


def bridge_of(pieces: gpd.GeoDataFrame, asked: BridgeRequest) -> Any:
    ends = (_metric_point(pieces, asked.start), _metric_point(pieces, asked.end))
    return bridge_between(pieces.geometry.to_numpy(), *ends, asked.why)


def _parts_of(pieces: gpd.GeoDataFrame, refused: Sequence[int], rules: Rules) -> list[list[int]]:
    """Parts of a piece whose split is refused, where locks keep the parts: they are never put in two grids again."""
    origin = np.array([row.get("split_from", -1) for row in pieces["evidence"]])
    locked = {piece for grid in rules.locked for piece in grid.pieces}
    groups = {int(origin[at]) for at in refused if origin[at] >= 0}
    return [[int(at) for at in np.flatnonzero(origin == group) if int(at) not in locked] for group in sorted(groups)]
