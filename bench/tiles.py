"""Vector tiles of an edition on a real PostGIS, milliseconds a tile: drawn as the grids are, as served where there are
no outlines, and as served."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy.orm import Session

from app import db
from app.models.editions import Edition
from app.rules.accounts.access import SCOPES, Caller
from app.services.networks import editions, networks, tiles
from app.spatial.drawing.tiling import MARGIN, Tile, tiles_over
from app.store.networks import editions as store
from app.store.networks import tiles as tiles_store
from bench.database import database

ROOT = Caller("cli:bench", frozenset(SCOPES))
ZOOMS = range(6, 18)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = 100
"""Tiles asked of a zoom that has more."""


def run(network: gpd.GeoDataFrame, seed: int = 1) -> str:
    """A Markdown table of zooms. `network`: grids with `code`."""
    with database() as engine, db.transaction(engine) as session:
        edition = edition_of(session, network.to_crs(4326))
        boxes = shapely.bounds(network.geometry.to_crs(3857).to_numpy())
        asked = _asked(boxes, seed)
        plain = [
            _timed(there, lambda tile: tiles_store.draw(session, edition.id, tile, None, MARGIN)) for there in asked
        ]
        rough = [_timed(there, lambda tile: tiles.tile(session, edition.id, *tile).content) for there in asked]
        began = time.perf_counter()
        editions.publish(session, ROOT, edition, LONG_AGO, datetime.now(UTC))
        seconds = time.perf_counter() - began
        served = [_timed(there, lambda tile: tiles.tile(session, edition.id, *tile).content) for there in asked]
    each = zip(ZOOMS, asked, plain, rough, served, strict=True)
    rows = [f"| {zoom} | {len(there):,} | {' | '.join(told)} |" for zoom, there, *told in each]
    head = [
        "| zoom | tiles asked | as the grids are, p50 / p95 ms | kB | without outlines | kB | served | kB |",
        "|---" * 8 + "|",
    ]
    return "\n".join([*head, *rows, f"\nPublished, outlines and kept tiles made, in {seconds:.1f} s.\n"])


def edition_of(session: Session, network: gpd.GeoDataFrame) -> Edition:
    """A draft of a network of its own."""
    owner = networks.add_network(session, ROOT, "synthetic", "Synthetic")
    edition = store.add(session, network_id=owner.id, content_hash="a", created_by="bench", provenance={}, report={})
    facts = {"name": "网格 " + network["code"], "kind": "resident", "area": "310115001001", "area_m2": 1.0}
    store.add_grids(session, edition.id, network[["code", "geometry"]].assign(**facts))
    return edition


def _asked(boxes: np.ndarray, seed: int) -> list[list[Tile]]:
    """Tiles by zoom, at most so many."""
    rng, every = np.random.default_rng(seed), list(tiles_over(boxes, 0, ZOOMS[-1]))
    by_zoom = [[tile for tile in every if tile.z == zoom] for zoom in ZOOMS]
    return [[there[at] for at in rng.permutation(len(there))[:ASKED]] for there in by_zoom]


def _timed(asked: list[Tile], make: Callable[[Tile], bytes]) -> str:
    """p50 / p95 milliseconds | largest tile in kB."""
    times, largest = [], 0
    for tile in asked:
        began = time.perf_counter()
        largest = max(largest, len(make(tile)))
        times.append((time.perf_counter() - began) * 1e3)
    return "{:.1f} / {:.1f} | {:.0f}".format(*np.percentile(times, [50, 95]), largest / 1e3)
