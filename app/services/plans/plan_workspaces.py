"""Plans in memory, ready to be edited: read once, kept up to date by the edits that other processes made."""

from __future__ import annotations

import gc
import threading
from collections import OrderedDict
from dataclasses import replace

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.errors import InputError, NotFound
from app.models.plan_edits import PlanEdit
from app.models.plans import Plan
from app.services.plans import plan_grids, plan_ground, plans
from app.services.plans.division_requests import DivisionRequest, read_request
from app.spatial.coordinates.crs import parse_crs
from app.spatial.division.bridges import with_bridges
from app.spatial.division.terms import Rules
from app.spatial.editing.changes import Change, Side, applied
from app.spatial.editing.ground import Ground, make_ground
from app.spatial.editing.workspace import Grid, LineageRow, Terms, Workspace
from app.store.networks import layers as layers_store
from app.store.plans import plan_edits as store
from app.store.plans import plans as plans_store

MOST = 4  # plans in memory at once; 15,000 pieces take about 100 MB
REPLAYED_MOST = 50  # more edits than this behind, and reading the plan anew is faster


class Workspaces:
    """The plans that were edited last, by id. The database is the truth: what is here says which version it is of."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._plans: OrderedDict[int, Workspace] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, session: Session, plan: Plan) -> Workspace:
        """The plan at the version of its row, which the caller holds locked."""
        with self._lock:
            known = self._plans.get(plan.id)
        if known is not None and known.version != plan.version:
            known = _caught_up(session, plan, known)
        if known is None:
            known = load(session, plan)
            gc.collect()
            gc.freeze()  # a plan's hundred thousand objects are not walked again at every edit
        self.keep(plan.id, known)
        return known

    def keep(self, plan_id: int, workspace: Workspace) -> None:
        """For the next edit; what was not used for longest goes. Of two versions the later stays."""
        with self._lock:
            known = self._plans.get(plan_id)
            if known is None or known.version <= workspace.version:
                self._plans[plan_id] = workspace
            self._plans.move_to_end(plan_id)
            while len(self._plans) > self._most:
                self._plans.popitem(last=False)


def _caught_up(session: Session, plan: Plan, known: Workspace) -> Workspace | None:
    """With the edits since; None where the plan was divided anew meanwhile, or too much happened."""
    behind = plan.version - known.version
    if not 0 < behind <= REPLAYED_MOST:
        return None
    steps = store.since(session, plan.id, known.version)
    if len(steps) != behind:
        return None
    for step in steps:
        known = applied(known, change_of(session, step))
    return known


def change_of(session: Session, step: PlanEdit) -> Change:
    """What a step of the history did: an undo did the reverse of its edit."""
    edit = step if step.action == store.EDIT else store.get(session, step.of or step.id)
    change = Change(Side.from_dict(edit.before or {}), Side.from_dict(edit.after or {}))
    return change.reverse if step.action == store.UNDO else change


def load(session: Session, plan: Plan) -> Workspace:
    """The plan from the database."""
    pieces = plans_store.pieces_frame(session, plan)
    asked = {name: plan.parameters.get(name) for name in ("bands", "weights", "loads", "stations")}
    request = read_request(plan, asked)
    terms = _terms(session, plan, pieces, request)
    evidence = np.array([row or {} for row in pieces["evidence"]], dtype=object)
    frame = pieces.drop(columns=["kind", "grid", "evidence"]).assign(
        campus=[row.get("campus") or "" for row in evidence],
        campus_share=[float(row.get("campus_share") or 0.0) for row in evidence],
        **{name: 0.0 for name in {band.quantity for band in terms.bands.values()} - {"area_m2"} if name not in pieces},
    )
    if any("compound" in row for row in evidence):
        frame = frame.assign(compound=[row.get("compound") or "" for row in evidence])
    frame.attrs = dict(pieces.attrs)
    derived = pieces["piece"].isin(store.derived(session, plan.id)).to_numpy()
    barriers = plan_ground.barrier_lines(session, plan)
    return Workspace(
        version=plan.version,
        terms=terms,
        ground=_with_bridges(make_ground(frame, parse_crs(plan.crs).proj, derived, barriers), request),
        grid=pieces["grid"].fillna("").astype(str).to_numpy(dtype=object),
        kind=pieces["kind"].fillna("").astype(str).to_numpy(dtype=object),
        evidence=evidence,
        grids={grid.code: grid for grid in _grids(session, plan.id)},
        lineage=_lineage(session, plan.id),
        score=plan.score,
    )


def _with_bridges(ground: Ground, request: DivisionRequest) -> Ground:
    bridges = [plan_ground.bridge_of(ground.frame, bridge) for bridge in request.bridges]
    return replace(ground, adjacency=with_bridges(ground.adjacency, bridges)) if bridges else ground


def _terms(session: Session, plan: Plan, pieces: gpd.GeoDataFrame, request: DivisionRequest) -> Terms:
    places: dict[str, str] = {}
    if plan.areas_layer_id:
        areas = layers_store.frame(session, plans.areas_layer(session, plan))
        places = dict(zip(areas["code"], areas["name"], strict=True))
    names = pieces.attrs
    rules = Rules(
        area_bands=request.area_bands or {},
        loads=request.loads or {},
        compounds=request.compounds or {},
        stations=_stations(session, plan, request),
    )
    return Terms(
        request.bands, tuple(names["networks"]), tuple(names["quantities"]), places, plan_grids.KIND_NAMES, rules
    )


def _stations(session: Session, plan: Plan, request: DivisionRequest) -> NDArray[np.float64]:
    """Those of the last division; none where their layer is there no more, as that must not bar editing."""
    try:
        found: NDArray[np.float64] = plan_ground.stations(session, plan, request)
    except (NotFound, InputError):
        return Rules().stations
    return found


def _grids(session: Session, plan_id: int) -> list[Grid]:
    frame = store.grids(session, plan_id)
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    rows = frame.drop(columns="geometry").astype(object).to_dict("records")
    return [
        Grid(**{**row, "breaches": tuple(row["breaches"])}, shape=shape)
        for row, shape in zip(rows, shapes, strict=True)
    ]


def _lineage(session: Session, plan_id: int) -> dict[str, tuple[LineageRow, ...]]:
    found: dict[str, list[LineageRow]] = {}
    rows = plans_store.lineage_frame(session, plan_id).itertuples(index=False, name=None)
    for network, old, new, share_area, shares in rows:
        found.setdefault(new, []).append(LineageRow(network, old, float(share_area), shares))
    return {new: tuple(rows) for new, rows in found.items()}
