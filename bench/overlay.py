"""Three networks cut into pieces: chained geopandas.overlay, GEOS noding + polygonize, OneGrid; growth; conflation.

What is timed is the overlay alone, from frames to frames with labels; facts are measured afterwards. OneGrid runs
without its own check of the outcome by GEOS (`verify`), which the peers do not do either.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.spatial.pieces.overlay import Overlay, OverlayOptions, overlay
from bench.measure import COMMAND, Measured, measure, peak_of

Networks = dict[str, gpd.GeoDataFrame]


def run(networks: Networks, crs: str) -> list[Measured]:
    return [
        measure("chained geopandas.overlay", lambda: _chained(networks), _facts),
        measure("GEOS noding + polygonize", lambda: _polygonized(networks), _facts),
        measure("OneGrid", lambda: _ours(networks, crs), _our_facts, warm=True),
    ]


def growth(networks: Networks, crs: str) -> list[Measured]:
    """Ten times the polygons, side by side in five columns and two rows; the last row is the base of the ratios."""
    large = {name: _tiled(frame, 5, 2) for name, frame in networks.items()}
    return [
        measure("ten times, one strip", lambda: _ours(large, crs, strips=1), _our_facts, warm=True),
        measure("ten times", lambda: _ours(large, crs), _our_facts, warm=True),
        measure("once", lambda: _ours(networks, crs), _our_facts, warm=True),
    ]


def beyond_memory(networks: Networks) -> list[Measured]:
    """`onegrid overlay` on files, each time a process of its own: whole and strip by strip, once and ten times."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"ten times": {name: _tiled(frame, 5, 2) for name, frame in networks.items()}, "once": networks}
        given = {size: _written(frames, Path(folder), size) for size, frames in sizes.items()}
        ways = {"whole": [], "in strips, --memory 700": ["--memory", "700"]}
        return [
            _commanded(f"{size}, {way}", [*given[size], *options], Path(folder))
            for size in sizes
            for way, options in ways.items()
        ]


def _written(networks: Networks, folder: Path, size: str) -> list[str]:
    given = []
    for name, frame in networks.items():
        frame.to_parquet(folder / f"{size}_{name}.parquet")
        given.append(f"{name}={folder / f'{size}_{name}.parquet'}:code")
    return given


def _commanded(name: str, arguments: list[str], folder: Path) -> Measured:
    """Time and peak memory of the command as a child process, reading and writing included."""
    note = folder / "peak"
    command = [sys.executable, "-c", COMMAND, str(note), "overlay", *arguments, "-o", str(folder / "pieces.parquet")]
    began = time.perf_counter()
    told = json.loads(subprocess.run([*command, "--json"], stdout=subprocess.PIPE, check=True).stdout)
    report = told["overlay"]
    worst = max(one["error_max"] for one in report["networks"].values())
    facts = {
        "strips": told.get("strips", "–"),
        "pieces": report["pieces"],
        "valid coverage": report["valid"],
        "largest error of a grid": f"{worst:.0e}",
    }
    return Measured(name, time.perf_counter() - began, peak_of(note), facts)


def conflation(network: gpd.GeoDataFrame, crs: str) -> list[Measured]:
    """A network and the same once more, re-digitised with up to a metre of jitter, before and after conflation."""
    twice = {"a": network, "b": jittered(network, 1.0)}
    rows = [
        measure(
            f"conflated within {tolerance:g} m", partial(_ours, twice, crs, conflate=tolerance), _near_facts, warm=True
        )
        for tolerance in (3.0, 2.0, 1.5, 1.0)
    ]
    debris = {"conflate": 1.5, "sliver_area": 100.0, "sliver_width": 1.5}
    return [
        *rows,
        measure(
            "conflated within 1.5 m, slivers of 100 m², 1.5 m",
            lambda: _ours(twice, crs, **debris),
            _near_facts,
            warm=True,
        ),
        measure("as they are", lambda: _ours(twice, crs), _near_facts, warm=True),
    ]


def jittered(network: gpd.GeoDataFrame, metres: float, seed: int = 1) -> gpd.GeoDataFrame:
    """Every corner up to `metres` off in any direction, the same way wherever it is shared; the outer frame stays."""
    rng = np.random.default_rng(seed)
    points = shapely.get_coordinates(network.geometry.to_numpy())
    values, at = np.unique(points[:, 0] + 1j * points[:, 1], return_inverse=True)
    away = metres * np.sqrt(rng.uniform(0, 1, len(values))) * np.exp(2j * np.pi * rng.uniform(0, 1, len(values)))
    frame = np.isin(values.real, (values.real.min(), values.real.max()))
    frame |= np.isin(values.imag, (values.imag.min(), values.imag.max()))
    moved = (values + np.where(frame, 0, away))[at]
    shapes = shapely.set_coordinates(network.geometry.to_numpy().copy(), np.stack([moved.real, moved.imag], axis=1))
    return network.set_geometry(gpd.GeoSeries(shapes, crs=network.crs))


def _tiled(network: gpd.GeoDataFrame, columns: int, rows: int, side: float = 20_000.0) -> gpd.GeoDataFrame:
    made = []
    for place in np.ndindex(columns, rows):
        away = side * np.array(place)
        shapes = shapely.transform(network.geometry.to_numpy(), lambda points, away=away: points + away)
        codes = [f"{place[0]}-{place[1]}-{code}" for code in network["code"]]
        made.append(gpd.GeoDataFrame({"code": codes}, geometry=shapes, crs=network.crs))
    return pd.concat(made, ignore_index=True)


def washington(project: Path) -> Networks:
    """The sample city's three networks in UTM 18N; the trash routes made valid, for the peers' sake."""
    files = {"civilization": "single_member_districts", "governance": "police_service_areas", "city": "trash_routes"}
    codes = {"civilization": "SMD_ID", "governance": "PSA", "city": "ROUTE_ID"}
    return {name: _read(project, file, codes[name]) for name, file in files.items()}


def _read(project: Path, file: str, code: str) -> gpd.GeoDataFrame:
    frame = gpd.read_file(project / "data" / "sample_grids" / "washington_dc" / f"{file}.fgb").to_crs(32618)
    shapes = shapely.make_valid(frame.geometry.to_numpy())
    return gpd.GeoDataFrame({"code": frame[code].astype(str)}, geometry=list(shapes), crs=32618)


def _chained(networks: Networks) -> Any:
    frames = [frame.rename(columns={"code": name}) for name, frame in networks.items()]
    made = frames[0]
    for frame in frames[1:]:
        made = gpd.overlay(made, frame, how="union", keep_geom_type=True)
    return made.explode().geometry.to_numpy()


def _polygonized(networks: Networks) -> Any:
    lines = shapely.boundary(np.concatenate([frame.geometry.to_numpy() for frame in networks.values()]))
    pieces = shapely.get_parts(shapely.polygonize([shapely.node(shapely.union_all(lines))]))
    inside = shapely.point_on_surface(pieces)
    for frame in networks.values():
        shapely.STRtree(frame.geometry.to_numpy()).query(inside, predicate="intersects")
    return pieces


def _ours(networks: Networks, crs: str, **options: Any) -> Overlay:
    return overlay(networks, crs=crs, options=OverlayOptions(verify=False, **options))


def _facts(pieces: Any) -> dict[str, Any]:
    width = 2 * shapely.area(pieces) / shapely.length(pieces)
    slivers = int(((shapely.area(pieces) < 10) & (width < 0.5)).sum())
    return {"pieces": len(pieces), "slivers": slivers, "valid coverage": bool(shapely.coverage_is_valid(pieces))}


def _our_facts(made: Overlay) -> dict[str, Any]:
    worst = max(one.error_max for one in made.report.networks.values())
    return _facts(made.pieces.geometry.to_numpy()) | {"largest error of a grid": f"{worst:.0e}"}


def _near_facts(made: Overlay) -> dict[str, Any]:
    pieces, told = made.pieces, made.report.conflation
    second = told.networks["b"] if told else None
    return {
        "pieces": len(pieces),
        "under 100 m²": int((pieces["area_m2"] < 100).sum()),
        "corners moved": second.moved if second else 0,
        "taken over": second.inserted if second else 0,
        "largest move m": round(second.largest_m, 3) if second else 0.0,
        "ground of two grids of b, m²": round(made.report.networks["b"].overlap_m2),
        "ground with another grid of b than of a, m²": round(
            float(pieces[pieces["a"] != pieces["b"]]["area_m2"].sum())
        ),
        "valid coverage": bool(shapely.coverage_is_valid(pieces.geometry.to_numpy())),
    }
