"""Vector tiles of a plan: what a map shows of many thousand pieces is a fraction of what they are."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.orm import Session

from app.errors import Conflict, InputError
from app.models.plans import Plan
from app.services.networks.tiles import MAX_ZOOM
from app.spatial.drawing.tiling import MARGIN, Tile, pixel_degrees
from app.store.plans import plan_tiles as store
from app.store.plans import plans as plans_store

ROUGH_PX = 0.5
"""Shapes are simplified by this, each for itself: neighbours come apart by less than their border is wide."""
Layer = Literal["grids", "pieces"]


def tile(session: Session, plan: Plan, layer: Layer, z: int, x: int, y: int) -> bytes:
    """One tile with one layer; empty bytes where nothing is. Conflict before there is anything to draw, InputError for
    a tile that no map has."""
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise InputError(f"there is no tile {z}/{x}/{y}: z is 0 to {MAX_ZOOM}, x and y are 0 to 2^z - 1")
    if plan.status == plans_store.DRAFT:
        raise Conflict(f"plan {plan.name!r} has no pieces yet: `onegrid plans consolidate {plan.name}` first")
    if layer == "grids" and plan.status == plans_store.CONSOLIDATED:
        raise Conflict(f"plan {plan.name!r} has no grids yet: `onegrid plans divide {plan.name}` first")
    address = Tile(z, x, y)
    return store.draw(session, plan.id, layer, address, MARGIN, ROUGH_PX * pixel_degrees(address))
