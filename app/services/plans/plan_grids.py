"""Storing the grids of a division with their codes, names, scores and lineage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.plans import plans
from app.services.plans.plan_ground import Ground, keep_attrs
from app.spatial.division.codes import assign_codes
from app.spatial.division.columns import read_amount, read_members
from app.spatial.division.division import Division
from app.spatial.division.grids import build_grids, dissolve
from app.spatial.pieces.lineage import lineage
from app.spatial.scoring.load_scores import load_deviations, station_distances
from app.spatial.scoring.plan_scores import PlanScore
from app.spatial.scoring.scores import score_grids
from app.store.frames import gather
from app.store.networks import editions as editions_store
from app.store.networks import layers as layers_store
from app.store.plans import plans as store

KIND_NAMES = {"resident": "居民", "business": "商务", "institution": "单位"}
NAMED = ("below_band", "oversized", "mixed", "bridges")  # lists of the report that speak of grids by number


def keep(session: Session, caller: Caller, plan: Plan, ground: Ground, found: Division) -> dict[str, Any]:
    """Store a division as the plan's; returns what is kept of it, with the score and the content hash."""
    asked = ground.request.to_dict()
    score, codes = _store(session, plan, ground, found)
    plan.parameters = asked
    plan.division = _told(ground, found, codes) | {"splits": _splits(plan, ground)}
    plan.score = score.to_dict()
    plan.status = store.DIVIDED
    session.flush()
    plan.content_hash = plans.hash_of(session, plan)
    session.flush()
    audit.record(session, caller, "divide", f"plan/{plan.id}", after=asked | {"content_hash": plan.content_hash})
    return plan.division | {"score": plan.score, "content_hash": plan.content_hash}


def measure(ground: Ground, found: Division, shapes: Any | None = None) -> tuple[pd.DataFrame, PlanScore]:
    """Scores of the grids of a division and of the plan that they make, loads and stations included."""
    pieces, rules = ground.pieces, ground.rules
    frame, score = score_grids(
        pieces.assign(member=read_members(pieces)).drop(
            columns="campus_share"
        ),  # members have their shares behind them
        found.assignment,
        bands=ground.request.bands,
        adjacency=ground.adjacency,
        kinds=found.grids["kind"].to_numpy(dtype=object),
        shapes=shapes,
        compounds="member",
        rules=rules,
    )
    amounts = {kind: [read_amount(pieces, load.quantity) for load in loads] for kind, loads in rules.loads.items()}
    for (_, quantity), deviation in load_deviations(found.grids, found.assignment, rules.loads, amounts).items():
        name = f"deviation_{quantity}"
        frame[name] = frame[name].fillna(pd.Series(deviation)) if name in frame else deviation
    if len(rules.stations):
        mass, centres = pieces["households"].to_numpy(dtype=float), shapely.centroid(pieces.geometry.to_numpy())
        places = shapely.get_coordinates(centres)
        metres = station_distances(found.assignment, mass, places, rules.stations, len(frame))
        frame["station_m"] = metres
        held = np.bincount(found.assignment[found.assignment >= 0], mass[found.assignment >= 0], minlength=len(frame))
        score = replace(score, station_m=float(np.average(metres, weights=held if held.any() else None)))
    return frame, replace(score, loads=found.report.loads)


def _store(session: Session, plan: Plan, ground: Ground, found: Division) -> tuple[PlanScore, Any]:
    """Kinds, grids with codes and scores, and lineage; returns the plan's score, and the code of each grid number."""
    pieces = ground.pieces
    grids = build_grids(pieces, found.assignment, kinds=found.grids["kind"].to_numpy(dtype=object))
    scores, score = measure(ground, found, grids.geometry.to_numpy())
    codes = np.array([*_codes(session, grids, found.grids["locked"]), ""], dtype=object)  # number -1 is the last
    assigned = keep_attrs(pieces.assign(grid=codes[found.assignment]), pieces)
    assigned["evidence"] = _evidence(pieces)
    in_degrees = _in_degrees(assigned, ground.stored)
    own = in_degrees.geometry.to_numpy()
    # dissolved from what is stored: a grid that an edit makes anew then fits those around it to the last bit
    borders = gpd.GeoSeries([dissolve(own[found.assignment == number]) for number in grids.index], crs=4326)
    stored = gpd.GeoDataFrame(pd.DataFrame(grids.drop(columns="geometry")), geometry=borders.to_numpy(), crs=4326)
    stored = stored.assign(code=codes[:-1], name=_names(session, plan, grids, codes[:-1]), lock=None, decision=None)
    stored = _as_locked(stored, ground.locked)
    stored["quantities"] = gather(grids, grids.attrs["quantities"])
    stored["scores"] = gather(scores, list(scores.columns))
    rows = lineage(assigned, pieces.attrs["networks"], pieces.attrs["quantities"])
    rows["shares"] = gather(rows.rename(columns=_share_names(rows)), sorted(_share_names(rows).values()))
    kept = rows[["network", "old", "new", "share_area", "shares"]]
    store.replace_division(session, plan.id, in_degrees, stored, kept)
    return score, codes


def _codes(session: Session, grids: gpd.GeoDataFrame, locked: pd.Series) -> list[str]:
    codes = locked.astype(str).to_numpy(dtype=object)
    new = codes == ""
    codes[new] = assign_codes(grids[new], editions_store.code_pools(session), set(codes[~new])).codes
    return list(codes)


def _as_locked(stored: gpd.GeoDataFrame, locked: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Locked grids keep their names, locks and decisions."""
    kept = locked.set_index("code")
    for column in ("name", "lock", "decision"):
        known = dict(kept[column])
        stored[column] = pd.Series(
            [known.get(code, value) for code, value in zip(stored["code"], stored[column], strict=True)],
            index=stored.index,
            dtype=object,
        )
    return stored


def _evidence(pieces: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """The pieces' evidence with their campus, and their compound where there is one."""
    compounds = pieces["compound"] if "compound" in pieces else [""] * len(pieces)
    rows = zip(pieces["evidence"], pieces["campus"], compounds, strict=True)
    return [
        {**evidence, "campus": campus} | ({"compound": compound} if compound else {})
        for evidence, campus, compound in rows
    ]


def _in_degrees(pieces: gpd.GeoDataFrame, stored: Any | None) -> gpd.GeoDataFrame:
    """The pieces as they are stored: without a split they keep their coordinates to the last bit."""
    if stored is None:
        return keep_attrs(pieces.to_crs(4326), pieces)
    shapes = gpd.GeoSeries(stored, pieces.index, crs=4326)
    return keep_attrs(gpd.GeoDataFrame(pd.DataFrame(pieces.drop(columns="geometry")), geometry=shapes), pieces)


def _told(ground: Ground, found: Division, codes: Any) -> dict[str, Any]:
    """The report, with codes beside the numbers of grids, and with points for the pieces that a bridge would join:
    the numbers of parts are those of this division."""
    told = found.report.to_dict()
    for name in NAMED:
        told[name] = [row | {"code": str(codes[row["grid"]])} for row in told[name]]
    choices = [choice for proposal in told["proposals"] for choice in proposal["choices"]]
    for choice in choices:
        for bridge in choice["change"].get("bridges", []):
            bridge |= {end: _point(ground, bridge[end]) for end in ("from", "to")}
    return told


def _point(ground: Ground, piece: int | list[float]) -> list[float]:
    if not isinstance(piece, int):
        return piece  # a candidate's report, told before
    point = ground.pieces.geometry.iloc[[piece]].representative_point().to_crs(4326).iloc[0]
    return [float(point.x), float(point.y)]


def _splits(plan: Plan, ground: Ground) -> list[dict[str, Any]]:
    """Splits with their lines in degrees; those of locked grids' ground were made by an earlier division."""
    earlier = list(plan.division.get("splits", [])) if len(ground.locked) else []
    made = []
    for split in ground.splits:
        lines = gpd.GeoSeries([shapely.LineString(line) for line in split.lines], crs=ground.pieces.crs).to_crs(4326)
        made.append(split.to_dict() | {"lines": [shapely.get_coordinates(line).tolist() for line in lines]})
    return earlier + made


def _share_names(rows: pd.DataFrame) -> Mapping[str, str]:
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
