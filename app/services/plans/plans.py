"""Plans: made from editions and layers, then consolidated, divided, scored, compared, published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound
from app.models.editions import Edition
from app.models.layers import Layer
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.plans import borders
from app.spatial.coordinates.crs import metric_crs, parse_crs
from app.store.networks import editions as editions_store
from app.store.networks import layers as layers_store
from app.store.networks import networks as networks_store
from app.store.plans import plan_edits as edits_store
from app.store.plans import plans as store

NAME_LENGTH_MAX = 80


def create(
    session: Session,
    caller: Caller,
    name: str,
    networks: Sequence[str],
    *,
    areas: str | None = None,
    cuts: Sequence[str] = (),
    crs: str | None = None,
    seed: int = 1,
) -> Plan:
    """A new plan from the newest edition of each network; grids nest in `areas`, `cuts` also cut pieces."""
    caller.require("plan")
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        raise InputError(f"a plan needs a name of 1 to {NAME_LENGTH_MAX} characters")
    if store.find(session, name) is not None:
        raise Conflict(f"plan {name!r} exists already")
    if not networks:
        raise InputError("a plan needs at least one network")
    editions = [_newest(session, code) for code in dict.fromkeys(networks)]
    area_layer = layers_store.get(session, areas) if areas else None
    plan = Plan(
        name=name,
        crs=parse_crs(crs).name if crs else _place_crs(session, editions[0]),
        seed=seed,
        areas_layer_id=area_layer.id if area_layer else None,
        parameters={},
        created_by=caller.name,
        status=store.DRAFT,
    )
    if not parse_crs(plan.crs).proj.is_projected:
        raise InputError(
            f"{plan.crs} is in degrees; a plan is computed in metres: leave --crs out, or name a metric one"
        )
    store.add(session, plan, editions, [layers_store.get(session, cut) for cut in dict.fromkeys(cuts)])
    audit.record(session, caller, "create plan", f"plan/{plan.id}", after=describe(session, plan))
    return plan


def describe(session: Session, plan: Plan) -> dict[str, Any]:
    """The plan without its pieces and grids, as the API and the CLI show it."""
    editions = store.editions(session, plan.id)
    return {
        "id": plan.id,
        "name": plan.name,
        "status": plan.status,
        "version": plan.version,
        "crs": plan.crs,
        "seed": plan.seed,
        "networks": {code: edition.id for code, edition in editions.items()},
        "areas": areas_layer(session, plan).name if plan.areas_layer_id else None,
        "cuts": [layer.name for layer in store.layers(session, plan.id, "cut")],
        "quantity_layers": [layer.name for layer in store.layers(session, plan.id, "quantity")],
        "parameters": plan.parameters,
        "consolidation": plan.consolidation,
        "division": plan.division,
        "score": plan.score,
        "breaches": edits_store.breaches(session, plan.id),
        "locked": edits_store.locks(session, plan.id),
        "content_hash": plan.content_hash,
        "created_by": plan.created_by,
        "created_at": plan.created_at,
    }


def areas_layer(session: Session, plan: Plan) -> Layer:
    if plan.areas_layer_id is None:
        raise NotFound(f"plan {plan.name!r} has no areas layer")
    return layers_store.by_id(session, plan.areas_layer_id)


def unpublished(plan: Plan) -> Plan:
    """Raises Conflict for a published plan: what an answer rests on is not changed."""
    if plan.status == store.PUBLISHED:
        raise Conflict(f"plan {plan.name!r} is published; create another plan to change the division")
    return plan


def hash_of(session: Session, plan: Plan) -> str:
    """SHA-256 of the plan's pieces, kinds and grids, in the order of the pieces: same inputs and seed, same hash."""
    pieces = store.pieces_frame(session, plan)
    digest = hashlib.sha256()
    for row in pieces.drop(columns=["geometry", "evidence"]).itertuples(index=False, name=None):
        digest.update(json.dumps(row, ensure_ascii=False, default=str).encode())
    for shape in shapely.to_wkb(pieces.geometry.to_numpy()):
        digest.update(shape)
    return digest.hexdigest()


def content_hash(session: Session, plan: Plan) -> str:
    """`hash_of` the plan, kept with it until the next edit."""
    if plan.content_hash is None:
        plan.content_hash = hash_of(session, plan)
        session.flush()
    return plan.content_hash


def _newest(session: Session, code: str) -> Edition:
    edition = editions_store.newest(session, networks_store.get(session, code).id)
    if edition is None:
        raise Conflict(f"network {code!r} has no edition yet: `onegrid networks import {code} FILE` first")
    return edition


def _place_crs(session: Session, edition: Edition) -> str:
    west, south, east, north = editions_store.grids_frame(session, edition.id).total_bounds
    return metric_crs((west + east) / 2, (south + north) / 2)


def score(session: Session, plan: Plan) -> dict[str, Any]:
    """The plan's measures, who drew the borders between its grids (metres), and the measures of its grids.

    Raises Conflict while it has none.
    """
    if not plan.score:
        raise Conflict(f"plan {plan.name!r} has no grids yet: divide it first")
    grids = store.grids_frame(session, plan.id)
    rows = grids[["code", "name", "kind", "area", "area_m2", "pieces", "quantities", "scores"]].to_dict("records")
    drawn_by = borders.grid_border_metres(session, plan)
    return {**plan.score, "drawn_by": drawn_by, "breaches": edits_store.breaches(session, plan.id), "by_grid": rows}
