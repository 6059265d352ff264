"""Vector tiles of the edition that holds at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InputError
from app.services.lookup.lookup_index import Lookup
from app.store.networks import tiles as store

MAX_ZOOM = 18


def edition_at(lookup: Lookup, network: str, at: datetime | None, as_known_at: datetime | None = None) -> int | None:
    """The edition that tiles of a network show; None where none holds. NotFound for an unknown network."""
    asked = lookup.asked([network])
    return lookup.in_force(at or lookup.clock(), as_known_at, asked).get(network)


def tile(session: Session, edition: int, z: int, x: int, y: int) -> bytes:
    """One tile; empty bytes where no grid is. InputError for a tile that no map has."""
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise InputError(f"there is no tile {z}/{x}/{y}: z is 0 to {MAX_ZOOM}, x and y are 0 to 2^z - 1")
    return store.tile(session, edition, z, x, y)


def tilejson(session: Session, network: str, edition: int | None, tiles_url: str) -> dict[str, Any]:
    """TileJSON 3.0.0 of a network's tiles."""
    ground = None if edition is None else store.ground(session, edition)
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": network,
        "version": f"{edition or 0}.0.0",
        "scheme": "xyz",
        "tiles": [tiles_url],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "vector_layers": [
            {
                "id": store.LAYER,
                "description": f"grids of {network}",
                "fields": {"code": "String", "name": "String", "kind": "String", "area": "String"},
            }
        ],
        "edition": edition,
        "grids": ground.grids if ground else 0,
    }
    if ground:
        west, south, east, north = ground.bounds
        document["bounds"] = [west, south, east, north]
        document["center"] = [(west + east) / 2, (south + north) / 2, 11]
    return document
