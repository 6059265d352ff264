"""Vector tiles of a published edition on a real PostGIS: milliseconds a tile, drawn as the grids are and as served."""

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
        began = time.perf_counter()
        editions.publish(session, ROOT, edition, LONG_AGO, datetime.now(UTC))
        seconds = time.perf_counter() - began
        rows = _rows(session, edition.id, shapely.bounds(network.geometry.to_crs(3857).to_numpy()), seed)
    head = [
        "| zoom | tiles | as the grids are, p50 / p95 ms | kB | served, p50 / p95 ms | kB |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, f"\nPublished, outlines and kept tiles made, in {seconds:.1f} s.\n"])


def edition_of(session: Session, network: gpd.GeoDataFrame) -> Edition:
    """A draft of a network of its own."""
    owner = networks.add_network(session, ROOT, "synthetic", "Synthetic")
    edition = store.add(session, network_id=owner.id, content_hash="a", created_by="bench", provenance={}, report={})
    facts = {"name": "网格 " + network["code"], "kind": "resident", "area": "310115001001", "area_m2": 1.0}
    store.add_grids(session, edition.id, network[["code", "geometry"]].assign(**facts))
    return edition


def _rows(session: Session, edition: int, boxes: np.ndarray, seed: int) -> list[str]:
    rng, rows = np.random.default_rng(seed), []
    every = list(tiles_over(boxes, 0, ZOOMS[-1]))
    for zoom in ZOOMS:
        there = [tile for tile in every if tile.z == zoom]
        asked = [there[at] for at in rng.permutation(len(there))[:ASKED]]
        plain = _timed(asked, lambda tile: tiles_store.draw(session, edition, tile, None, MARGIN))
        served = _timed(asked, lambda tile: tiles.tile(session, edition, *tile))
        rows.append(f"| {zoom} | {len(there):,} | {plain} | {served} |")
    return rows


def _timed(asked: list[Tile], make: Callable[[Tile], bytes]) -> str:
    """p50 / p95 milliseconds | largest tile in kB."""
    times, largest = [], 0
    for tile in asked:
        began = time.perf_counter()
        largest = max(largest, len(make(tile)))
        times.append((time.perf_counter() - began) * 1e3)
    return "{:.1f} / {:.1f} | {:.0f}".format(*np.percentile(times, [50, 95]), largest / 1e3)
