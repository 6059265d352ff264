"""Shapes of ten thousand vertices against a network in memory: the whole of `POST /lookup/shape` but for HTTP, from
GeoJSON to the answer."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from app.rules.time.timeline import Holding, Timeline
from app.services.lookup.lookup_index import EditionIndex, Lookup, Snapshot
from app.services.lookup.lookup_shape import ShapeQuery, lookup_shape
from app.spatial.location.locate import GridIndex
from app.store.lookup.lookup import EditionRows

VERTICES = 10_000
TIMES = 9
METRE = 1 / 111_000
Floats = npt.NDArray[np.float64]


def measured(networks: dict[str, gpd.GeoDataFrame]) -> str:
    """A Markdown table; networks with `code`, EPSG:4326. Processor time: the machine may be busy."""
    lines = ["| | shape | vertices | grids met | median ms | worst of 9, ms |", "|---|---|---|---|---|---|"]
    for name, network in networks.items():
        lookup = held(network)
        west, south, east, north = network.total_bounds
        middle = np.array([(west + east) / 2, (south + north) / 2])
        for shape, geojson in shapes(middle).items():
            query, taken = ShapeQuery(geojson), []
            lookup_shape(lookup, query, "Asia/Shanghai")
            for _ in range(TIMES):
                began = time.process_time()
                answer = lookup_shape(lookup, query, "Asia/Shanghai")
                taken.append((time.process_time() - began) * 1000)
            met, vertices = len(answer["grids"]), answer["shape"]["vertices"]
            lines.append(
                f"| {name} | {shape} | {vertices:,} | {met} | {np.median(taken):.1f} | {max(taken):.1f} |"
            )  # fmt: skip
    return "\n".join(lines) + "\n"


def held(network: gpd.GeoDataFrame) -> Lookup:
    """A look-up with one network and no database."""
    codes, polygons = network["code"].to_numpy(dtype=object), network.geometry.to_numpy()
    nothing = np.full(len(codes), None, dtype=object)
    rows = EditionRows(codes, codes, nothing, nothing, polygons)
    edition = EditionIndex(1, rows, GridIndex(codes.tolist(), polygons))
    timeline = Timeline((Holding("network", 1, None, None, None, None),), ("network",))
    return Lookup.holding(Snapshot((1, 1, 1, 1), timeline, {1: edition}))


def shapes(middle: Floats) -> dict[str, dict[str, object]]:
    """Ragged patches, as a drone's software draws them, and a vehicle's trail."""
    rng = np.random.default_rng(1)
    steps = rng.normal(0, 12, (VERTICES, 2)) * METRE
    trail = middle + np.cumsum(steps, axis=0)
    return {
        "patch, 250 m across": _patch(middle, 125, rng),
        "patch, 1 km across": _patch(middle, 500, rng),
        "patch, 5 km across": _patch(middle, 2500, rng),
        "trail": {"type": "LineString", "coordinates": trail.tolist()},
    }


def _patch(middle: Floats, radius_m: float, rng: np.random.Generator) -> dict[str, object]:
    angles = np.linspace(0, 2 * np.pi, VERTICES - 1, endpoint=False)
    radius = radius_m * METRE * rng.uniform(0.97, 1.03, len(angles))
    ring = middle + np.column_stack([radius * np.cos(angles), radius * np.sin(angles)])
    return {"type": "Polygon", "coordinates": [[*ring.tolist(), ring[0].tolist()]]}
