"""The division of a plan's pieces into grids: kinds, grids near their target, scores, codes, lineage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError
from app.models.plans import Plan
from app.rules.access import Caller
from app.services import audit, plans
from app.services.progress import Progress
from app.spatial.coordinates.crs import parse_crs
from app.spatial.division.adjacency import Adjacency, build_adjacency
from app.spatial.division.codes import assign_codes
from app.spatial.division.division import Division, divide
from app.spatial.division.grids import build_grids, dissolve
from app.spatial.division.kinds import classify, smooth_kinds
from app.spatial.division.scores import PlanScore, score_grids
from app.spatial.division.splits import Split, split_oversized
from app.spatial.division.terms import DEFAULT_BANDS, Band, Weights
from app.spatial.pieces.lineage import lineage
from app.store import editions as editions_store
from app.store import layers as layers_store
from app.store import plans as store
from app.store.frames import gather

KIND_NAMES = {"resident": "居民", "business": "商务", "institution": "单位"}


def divide_step(session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Parameters: `plan` (name), `bands` (kind → [min, target, max] or null), `weights`, `seed`, `time_s`."""
    caller.require("plan")
    plan = plans.unpublished(store.get(session, parameters["plan"]))
    store.lock(session, plan)
    if plan.status == store.DRAFT:
        raise Conflict(f"plan {plan.name!r} has no pieces yet: consolidate it first")
    bands = read_bands(parameters.get("bands") or {})
    weights = read_weights(parameters.get("weights") or {})
    seed = plan.seed if parameters.get("seed") is None else int(parameters["seed"])
    progress(0.05, "reading pieces")
    pieces = metric_pieces(session, plan, bands)
    adjacency = build_adjacency(pieces.geometry.to_numpy(), barriers=barrier_lines(session, plan))
    progress(0.1, "finding kinds")
    pieces = _keep_attrs(smooth_kinds(classify(pieces), adjacency, bands), pieces)
    pieces, splits = split(pieces, bands)
    if splits:
        adjacency = build_adjacency(pieces.geometry.to_numpy(), barriers=barrier_lines(session, plan))
    found = divide(
        pieces, bands=bands, weights=weights, seed=seed, adjacency=adjacency, time_s=parameters.get("time_s"),
        progress=progress.within(0.15, 0.75),
    )  # fmt: skip
    progress(0.8, "scoring")
    score = _keep(session, plan, pieces, found, bands, adjacency)
    asked = {"bands": {kind: asdict(band) for kind, band in bands.items()}, "weights": asdict(weights), "seed": seed}
    plan.parameters = asked
    plan.division = found.report.to_dict() | {"splits": [split.to_dict() for split in splits]}
    plan.score = score.to_dict()
    plan.status = store.DIVIDED
    session.flush()
    plan.content_hash = plans.hash_of(session, plan)
    session.flush()
    audit.record(session, caller, "divide", f"plan/{plan.id}", after=asked | {"content_hash": plan.content_hash})
    return plan.division | {"score": plan.score, "content_hash": plan.content_hash}


def read_bands(asked: Mapping[str, list[float] | None]) -> dict[str, Band]:
    """The default bands with what was asked in their place. Raises InputError."""
    unknown = sorted(set(asked) - set(DEFAULT_BANDS))
    if unknown:
        raise InputError(f"no kind {unknown[0]!r}; kinds are {', '.join(DEFAULT_BANDS)}")
    bands = dict(DEFAULT_BANDS)
    for kind, numbers in asked.items():
        if numbers is not None:
            bands[kind] = Band(DEFAULT_BANDS[kind].quantity, *numbers)
    return bands


def read_weights(asked: Mapping[str, float]) -> Weights:
    known = set(asdict(Weights()))
    unknown = sorted(set(asked) - known)
    if unknown:
        raise InputError(f"no weight {unknown[0]!r}; weights are {', '.join(sorted(known))}")
    return Weights(**asked)


def metric_pieces(session: Session, plan: Plan, bands: Mapping[str, Band]) -> gpd.GeoDataFrame:
    """The plan's pieces in its metric CRS with campus and campus_share; a quantity that no layer gave is 0."""
    stored = store.pieces_frame(session, plan, unsplit=True)
    pieces = _keep_attrs(stored.drop(columns=["kind", "grid"]).to_crs(parse_crs(plan.crs).proj), stored)
    pieces["campus"] = [row.get("campus", "") for row in pieces["evidence"]]
    pieces["campus_share"] = [float(row.get("campus_share", 0.0)) for row in pieces["evidence"]]
    for band in bands.values():
        if band.quantity not in pieces and band.quantity != "households":
            pieces[band.quantity] = 0.0
    if "households" not in pieces:
        raise InputError(f"plan {plan.name!r} has no households: import a layer with them and consolidate again")
    return pieces


def split(pieces: gpd.GeoDataFrame, bands: Mapping[str, Band]) -> tuple[gpd.GeoDataFrame, list[Split]]:
    """Pieces too large for a grid in parts. `derived` marks all pieces then: a split puts new corners into neighbours,
    and pieces that were moved to the metric CRS and back fit only each other to the last digit."""
    made, splits = split_oversized(pieces, bands)
    made = _keep_attrs(made.assign(derived=bool(splits)), pieces)
    made["evidence"] = [
        {**evidence, "split_from": int(pieces["piece"].iloc[origin])} if origin >= 0 else evidence
        for evidence, origin in zip(made["evidence"], made["split_from"], strict=True)
    ]
    return made, splits


def _keep(
    session: Session,
    plan: Plan,
    pieces: gpd.GeoDataFrame,
    found: Division,
    bands: Mapping[str, Band],
    adjacency: Adjacency,
) -> PlanScore:
    """Store kinds, grids with codes and scores, and lineage; returns the plan's score."""
    kinds = found.grids["kind"].to_numpy(dtype=object)
    grids = build_grids(pieces, found.assignment, kinds=kinds)
    shapes = grids.geometry.to_numpy()
    scores, score = score_grids(pieces, found.assignment, bands=bands, adjacency=adjacency, kinds=kinds, shapes=shapes)
    issued = editions_store.code_pools(session)
    codes = np.array([*assign_codes(grids, issued).codes, ""], dtype=object)  # number -1, no grid, is the last
    assigned = _keep_attrs(pieces.assign(grid=codes[found.assignment]), pieces)
    assigned["evidence"] = [
        {**evidence, "campus": campus} for evidence, campus in zip(pieces["evidence"], pieces["campus"], strict=True)
    ]
    in_degrees = _in_degrees(session, plan, assigned)
    own = in_degrees.geometry.to_numpy()
    # dissolved from what is stored: a grid that an edit makes anew then fits those around it to the last bit
    borders = gpd.GeoSeries([dissolve(own[found.assignment == number]) for number in grids.index], crs=4326)
    stored = gpd.GeoDataFrame(pd.DataFrame(grids.drop(columns="geometry")), geometry=borders.to_numpy(), crs=4326)
    stored = stored.assign(code=codes[:-1], name=_names(session, plan, grids, codes[:-1]))
    stored["quantities"] = gather(grids, grids.attrs["quantities"])
    stored["scores"] = gather(scores, list(scores.columns))
    rows = lineage(assigned, pieces.attrs["networks"], pieces.attrs["quantities"])
    rows["shares"] = gather(rows.rename(columns=_share_names(rows)), sorted(_share_names(rows).values()))
    kept = rows[["network", "old", "new", "share_area", "shares"]]
    store.replace_division(session, plan.id, in_degrees, stored, kept)
    return score


def _in_degrees(session: Session, plan: Plan, pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The pieces as they are stored: those that no split changed keep their coordinates to the last bit."""
    moved = _keep_attrs(pieces.to_crs(4326), pieces)
    if pieces["derived"].any():
        return moved
    kept = store.pieces_frame(session, plan, unsplit=True).geometry.to_numpy()
    return _keep_attrs(moved.set_geometry(gpd.GeoSeries(kept, moved.index, crs=4326)), pieces)


def _share_names(rows: pd.DataFrame) -> dict[str, str]:
    return {
        name: name.removeprefix("share_") for name in rows.columns if name.startswith("share_") and name != "share_area"
    }


def _names(session: Session, plan: Plan, grids: gpd.GeoDataFrame, codes: Any) -> list[str]:
    """Area name + kind + serial: a name that a resident understands until the planner gives a better one."""
    places: dict[str, str] = {}
    if plan.areas_layer_id:
        areas = layers_store.frame(session, plans.areas_layer(session, plan))
        places = dict(zip(areas["code"], areas["name"], strict=True))
    return [
        f"{places.get(area, area)}{KIND_NAMES[kind]}{code[-3:]}"
        for area, kind, code in zip(grids["area"], grids["kind"], codes, strict=True)
    ]


def barrier_lines(session: Session, plan: Plan) -> Any:
    """Lines of every barriers layer in the plan's CRS, or None."""
    frames = [layers_store.frame(session, layer) for layer in layers_store.every(session, "barriers")]
    if not frames:
        return None
    shapes = pd.concat([frame.geometry.to_crs(parse_crs(plan.crs).proj) for frame in frames]).to_numpy()
    polygons = shapely.get_dimensions(shapes) == 2
    return np.where(polygons, shapely.boundary(shapes), shapes)


def _keep_attrs(frame: gpd.GeoDataFrame, source: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """pandas drops `attrs` in some operations: the names of networks and quantities are put back."""
    frame.attrs = dict(source.attrs)
    return frame
