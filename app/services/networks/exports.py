"""Editions and plans written to files for other programs, with what they were made from inside."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound
from app.files import tile_archives
from app.files.styles import PLAN_STYLES, Style, borders_style
from app.files.writing import write_frames
from app.models.plans import Plan
from app.services.duties import plan_matrix
from app.services.networks import tiles
from app.services.plans import borders
from app.spatial.pieces.linework import JOIN
from app.store.frames import spread
from app.store.networks import editions as editions_store
from app.store.networks import networks as networks_store
from app.store.networks import tiles as tiles_store
from app.store.plans import plans as plans_store

What = Literal["pieces", "grids", "lineage", "borders"]
WHAT: tuple[What, ...] = get_args(What)
ARCHIVED_ZOOM = 14
"""Deepest zoom of a tile archive: a step of its tiles is 0.6 m there; maps draw nearer views from the same tiles."""
NOWHERE = (0.0, 0.0, 0.0, 0.0)
ALL = "all"
MATRIX = "matrix"  # grid × matter, by the duties of the moment: not of the plan itself, so not in `all`
LAYERS: tuple[What, ...] = ("lineage", "pieces", "borders", "grids")
"""Layers of a GeoPackage, from the bottom of the map up."""
STYLED = ".gpkg"


def export_network(session: Session, code: str, at: datetime, path: Path) -> dict[str, Any]:
    """Write the grids of `network` in force at `at`."""
    network = networks_store.get(session, code)
    edition = editions_store.in_force(session, network.id, at)
    if edition is None:
        raise NotFound(f"no edition of {code!r} holds at {at.isoformat()}")
    grids = _flat(editions_store.grids_frame(session, edition.id).drop(columns=["id", "properties"]))
    metadata = {
        "network": code,
        "edition": edition.id,
        "plan": edition.plan_id,
        "at": at.isoformat(),
        "content_hash": edition.content_hash,
    }
    if path.suffix.lower() == tile_archives.SUFFIX:
        metadata |= {"tiles": _export_tiles(session, edition.id, metadata, path)}
    else:
        write_frames(grids, path, metadata=metadata)
    return {**metadata, "file": str(path), "grids": len(grids)}


def _export_tiles(session: Session, edition: int, metadata: dict[str, Any], path: Path) -> int:
    """The edition as a PMTiles archive; returns the number of its tiles."""
    ground = tiles_store.ground(session, edition)
    about = {"name": metadata["network"], "vector_layers": tiles.vector_layers(metadata["network"]), **metadata}
    made = tiles.every_tile(session, edition, ARCHIVED_ZOOM)
    return tile_archives.write_tiles(path, made, ground.bounds if ground else NOWHERE, about)


def export_plan(session: Session, plan: Plan, what: str | None, path: Path) -> dict[str, Any]:
    """Write a plan's pieces, grids, lineage, borders, or `all` of them, with plan id, source editions and hash inside.

    Without `what` a GeoPackage gets all, as layers with styles for QGIS, and any other format the grids.
    """
    chosen = what or (ALL if path.name.lower().endswith(STYLED) else "grids")
    if chosen == MATRIX:
        return plan_matrix.export(session, plan, path, plan_metadata(session, plan))
    if chosen != ALL and chosen not in WHAT:
        raise InputError(f"nothing called {chosen!r} to export; there are: {', '.join((*WHAT, MATRIX, ALL))}")
    metadata = plan_metadata(session, plan) | {"what": chosen}
    if chosen != ALL:
        frame = plan_frame(session, plan, chosen)
        write_frames(frame, path, metadata=metadata, styles={path.name[: -len(STYLED)]: _style(chosen, frame)})
        return {**metadata, "file": str(path), "rows": len(frame)}
    frames = {name: plan_frame(session, plan, name) for name in LAYERS}
    write_frames(frames, path, metadata=metadata, styles={name: _style(name, frame) for name, frame in frames.items()})
    layers = {name: len(frame) for name, frame in frames.items()}
    return {**metadata, "file": str(path), "rows": layers["grids"], "layers": layers}


def _style(what: str, frame: gpd.GeoDataFrame) -> Style:
    return borders_style(frame["drawn_by"]) if what == "borders" else PLAN_STYLES[what]


def plan_frame(session: Session, plan: Plan, what: str, *, boxes: bool = False) -> gpd.GeoDataFrame:
    """Pieces, grids, lineage or borders of a plan as the contract names their columns, in EPSG:4326; `boxes`: pieces
    or grids with the boxes around their shapes instead, which are read in a fraction of the time."""
    if plan.status == plans_store.DRAFT:
        raise Conflict(f"plan {plan.name!r} has no pieces yet: `onegrid plans consolidate {plan.name}` first")
    if what == "pieces":
        pieces = plans_store.pieces_frame(session, plan, boxes=boxes)
        return pieces.drop(columns="evidence").assign(grid=pieces["grid"].fillna(""), kind=pieces["kind"].fillna(""))
    if what == "borders":
        drawn = borders.frame(session, plan)
        return drawn.assign(drawn_by=drawn["drawn_by"].map(JOIN.join))
    if plan.status == plans_store.CONSOLIDATED:
        raise Conflict(f"plan {plan.name!r} has no grids yet: `onegrid plans divide {plan.name}` first")
    if what == "grids":
        return _flat(plans_store.grids_frame(session, plan.id, boxes=boxes))
    return _lineage(session, plan)


def plan_metadata(session: Session, plan: Plan) -> dict[str, Any]:
    sources = plans_store.editions(session, plan.id)
    return {
        "plan": plan.id,
        "name": plan.name,
        "editions": {code: edition.id for code, edition in sources.items()},
        "edition_hashes": {code: edition.content_hash for code, edition in sources.items()},
        "content_hash": plan.content_hash,
        "seed": plan.seed,
        "crs": plan.crs,
    }


def _flat(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Quantities and scores as columns of their own."""
    for column in ("quantities", "scores"):
        names = sorted({name for row in grids[column] for name in (row or {})})
        grids = spread(grids, column, names)
    return grids


def _lineage(session: Session, plan: Plan) -> gpd.GeoDataFrame:
    """Lineage rows, each with the new grid's geometry so that every format can hold them."""
    rows = plans_store.lineage_frame(session, plan.id)
    quantities = sorted({name for shares in rows["shares"] for name in shares})
    for name in quantities:
        rows[f"share_{name}"] = [float(shares.get(name) or 0.0) for shares in rows["shares"]]
    grids = plans_store.grids_frame(session, plan.id)[["code", "geometry"]]
    joined = rows.drop(columns="shares").merge(grids, left_on="new", right_on="code", how="left").drop(columns="code")
    return gpd.GeoDataFrame(pd.DataFrame(joined), geometry="geometry", crs=4326)
