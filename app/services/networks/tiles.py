"""Vector tiles of the edition that holds at a moment.

Where a tile holds few grids it is drawn when it is asked for; where it holds many it was drawn when its edition was
published, and kept. Below zoom 15 grids are drawn from outlines that were simplified together, so that neighbours
still share their border, and a border is one line. An edition without outlines, published before there were any, has
each grid simplified for itself, to a pixel, when a tile is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from app.errors import InputError
from app.services.lookup.lookup_index import Lookup
from app.spatial.drawing.borders import own_borders
from app.spatial.drawing.generalisation import generalised, level_for
from app.spatial.drawing.tiling import MARGIN, Tile, pixel_degrees, tiles_over
from app.store.networks import editions as editions_store
from app.store.networks import tiles as store

MAX_ZOOM = 18
MOST_DRAWN = 100
"""Grids in a tile that is still drawn when asked for; a tile of more is kept."""
FIELDS = {"code": "String", "name": "String", "kind": "String", "area": "String"}


@dataclass(frozen=True)
class DrawnTile:
    content: bytes
    """Empty where no grid is."""
    is_rough: bool
    """Drawn without outlines for want of them: it will soon be drawn otherwise."""


def edition_at(lookup: Lookup, network: str, at: datetime | None, as_known_at: datetime | None = None) -> int | None:
    """The edition that tiles of a network show; None where none holds. NotFound for an unknown network."""
    asked = lookup.asked([network])
    return lookup.in_force(at or lookup.clock(), as_known_at, asked).get(network)


def prepare(session: Session, edition: int) -> int:
    """Make the outlines of an edition about to hold, and the tiles of it that many grids are in; returns how many."""
    if store.has_outlines(session, edition):
        return 0
    grids = editions_store.grids_frame(session, edition)
    shapes = np.asarray(grids.geometry.to_crs(3857).to_numpy(), dtype=object)
    for level, outlines in generalised(shapes):
        store.add_outlines(session, edition, level, grids["id"].tolist(), outlines, own_borders(outlines))
    crowded = list(tiles_over(shapely.bounds(shapes), MOST_DRAWN, MAX_ZOOM))
    for address in crowded:
        store.keep(session, edition, address, _drawn(session, edition, address).content)
    return len(crowded)


def undrawn(session: Session) -> list[int]:
    """Editions that `prepare` was never run for: those published before there were outlines, or other ones."""
    return store.undrawn(session)


def draw(session: Session, edition: int) -> bool:
    """Prepare an edition that holds or held already; False when another process is at it."""
    if not store.claim(session, edition):
        return False
    prepare(session, edition)
    return True


def tile(session: Session, edition: int, z: int, x: int, y: int) -> DrawnTile:
    """One tile, as it was kept or drawn now. InputError for a tile that no map has."""
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise InputError(f"there is no tile {z}/{x}/{y}: z is 0 to {MAX_ZOOM}, x and y are 0 to 2^z - 1")
    address = Tile(z, x, y)
    kept = store.kept(session, edition, address)
    return _drawn(session, edition, address) if kept is None else DrawnTile(kept, is_rough=False)


def every_tile(session: Session, edition: int, deepest: int) -> Iterator[tuple[Tile, bytes]]:
    """All tiles of an edition that are not empty, down to zoom `deepest`."""
    for address in tiles_over(_boxes(session, edition), 0, deepest):
        content = tile(session, edition, *address).content
        if content:
            yield address, content


def _boxes(session: Session, edition: int) -> npt.NDArray[np.float64]:
    return shapely.bounds(editions_store.grids_frame(session, edition).geometry.to_crs(3857).to_numpy())


def _drawn(session: Session, edition: int, address: Tile) -> DrawnTile:
    level = level_for(address.z)
    if level is None or store.has_outlines(session, edition):
        return DrawnTile(store.draw(session, edition, address, level, MARGIN), is_rough=False)
    return DrawnTile(store.draw(session, edition, address, None, MARGIN, pixel_degrees(address)), is_rough=True)


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
        "vector_layers": vector_layers(network),
        "edition": edition,
        "grids": ground.grids if ground else 0,
    }
    if ground:
        west, south, east, north = ground.bounds
        document["bounds"] = [west, south, east, north]
        document["center"] = [(west + east) / 2, (south + north) / 2, 11]
    return document


def vector_layers(network: str) -> list[dict[str, Any]]:
    borders = f"borders of the grids of {network}: one line between two neighbours"
    return [
        {"id": "grids", "description": f"grids of {network}", "fields": FIELDS},
        {"id": "borders", "description": borders, "fields": {}},
    ]
