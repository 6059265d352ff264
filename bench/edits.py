"""Edits of a plan of 15,000 pieces over HTTP, on a real PostGIS, process warm: milliseconds per kind of edit.

The pieces are those of `pieces_40033` nearest to its middle, divided into 500 grids by OneGrid; three networks of old
grids are laid over them. Every edit is undone and done again, so that all are made on the same plan.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app import db
from app.main import create_app
from app.models.plans import Plan
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import keys
from app.services.plans import plan_division
from app.services.plans.plan_workspaces import load
from app.services.progress import silent
from app.settings import Settings
from app.spatial.editing.graph import neighbours
from app.spatial.editing.workspace import Workspace
from app.store.plans import plans as store
from bench.database import database

PIECES, GRIDS, REPEATS = 15_000, 500, 25
ROOT = Caller("cli:bench", frozenset(SCOPES))
NETWORKS = {"first": 900.0, "second": 1300.0, "third": 1900.0}  # metres: old grids are squares of piece centres
Wish = dict[str, Any]


@dataclass
class Times:
    """Milliseconds of one kind of edit: on the clock, and of this process alone (PostGIS works in others)."""

    wall: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    def row(self, name: str) -> str:
        median, p95 = np.percentile(self.wall, [50, 95])
        return f"| {name} | {len(self.wall)} | {median:.0f} | {p95:.0f} | {np.median(self.own):.0f} |"


def run(pieces: gpd.GeoDataFrame, repeats: int = REPEATS) -> str:
    """A Markdown table of median and 95th percentile per kind of edit. `pieces`: metric, with `households`."""
    logging.disable(logging.INFO)  # the access log
    with database() as engine:
        plan_id = plan_of(engine, nearest(pieces, PIECES))
        with client_of(engine) as client:
            return table(measured(client, engine, plan_id, repeats))


def measured(client: TestClient, engine: Engine, plan_id: int, repeats: int) -> dict[str, Times]:
    rng, times = np.random.default_rng(1), {}
    with db.transaction(engine) as session:
        plan = load(session, store.by_id(session, plan_id))
    print(f"{len(plan.grid):,} pieces, {len(plan.grids)} grids, {plan.terms.networks} networks", flush=True)
    post = poster(client, plan_id)
    for name, wish in WISHES.items():
        for at in range(repeats + 2):
            edit = wish(plan, rng)
            for step, order in ((name, edit), ("undo", UNDO), ("redo", {"do": "redo"}), ("undo", UNDO)):
                wall, own = post(order)
                if at > 1:  # the first two warm up
                    times.setdefault(step, Times()).wall.append(wall)
                    times[step].own.append(own)
    return times


def poster(client: TestClient, plan_id: int) -> Callable[[Wish], tuple[float, float]]:
    version = client.get(f"/api/v1/plans/{plan_id}").json()["version"]

    def post(edit: Wish) -> tuple[float, float]:
        nonlocal version
        wall, own = time.perf_counter(), time.process_time()
        answer = client.post(f"/api/v1/plans/{plan_id}/edits", json={"version": version, "edit": edit})
        lasted = (time.perf_counter() - wall) * 1e3, (time.process_time() - own) * 1e3
        assert answer.status_code == 200, answer.text
        version = answer.json()["version"]
        return lasted

    return post


def table(times: dict[str, Times]) -> str:
    head = ["| edit | times | median ms | p95 ms | median CPU ms of OneGrid |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(found.row(name) for name, found in times.items())]) + "\n"


UNDO = {"do": "undo"}


def _grid(plan: Workspace, rng: np.random.Generator) -> str:
    """A grid of a usual number of pieces."""
    codes = [code for code in sorted(plan.grids) if plan.grids[code].pieces >= 8]
    return str(rng.choice(codes))


def _beside(plan: Workspace, rng: np.random.Generator) -> tuple[str, np.ndarray, str]:
    """A grid, its neighbouring pieces of one other grid of its area and kind, and that grid."""
    while True:
        code = _grid(plan, rng)
        around = neighbours(plan.ground.adjacency, plan.members([code]))
        around = around[[str(other)[:-3] == code[:-3] for other in plan.grid[around]]]
        if len(around):
            other = str(rng.choice(plan.grid[around]))
            return code, around[plan.grid[around] == other], other


def _assign(plan: Workspace, rng: np.random.Generator, most: int) -> Wish:
    code, rows, _ = _beside(plan, rng)
    return {"do": "assign", "pieces": plan.ground.numbers[rows[:most]].tolist(), "grid": code}


def _merge(plan: Workspace, rng: np.random.Generator) -> Wish:
    code, _, other = _beside(plan, rng)
    return {"do": "merge", "grids": [code, other]}


def _split(plan: Workspace, rng: np.random.Generator, *, cut: bool) -> Wish:
    code = _grid(plan, rng)
    west, south, east, north = plan.grids[code].shape.bounds
    x, y = plan.grids[code].shape.point_on_surface().coords[0]
    line = [[x, south - 1e-3], [x, y], [x + (east - west) / 50, north + 1e-3]]
    return {"do": "split", "grid": code, "line": line, "cut": cut}


def _draw(plan: Workspace, rng: np.random.Generator, *, cut: bool) -> Wish:
    """Twelve corners around a grid's middle, about its size."""
    grid = plan.grids[_grid(plan, rng)]
    x, y = grid.shape.point_on_surface().coords[0]
    radius = float(np.sqrt(grid.shape.area / np.pi))
    ring = [[x + radius * np.cos(turn), y + radius * np.sin(turn)] for turn in np.linspace(0, 2 * np.pi, 13)[:-1]]
    return {"do": "draw", "ring": ring, "cut": cut}


WISHES: dict[str, Callable[[Workspace, np.random.Generator], Wish]] = {
    "assign one piece": lambda plan, rng: _assign(plan, rng, 1),
    "assign up to ten": lambda plan, rng: _assign(plan, rng, 10),
    "split, snapped": lambda plan, rng: _split(plan, rng, cut=False),
    "split, pieces cut": lambda plan, rng: _split(plan, rng, cut=True),
    "draw, snapped": lambda plan, rng: _draw(plan, rng, cut=False),
    "draw, pieces cut": lambda plan, rng: _draw(plan, rng, cut=True),
    "merge": _merge,
    "optimise into two": lambda plan, rng: {"do": "optimise", "grid": _grid(plan, rng), "into": 2},
    "lock": lambda plan, rng: {"do": "lock", "grid": _grid(plan, rng), "reason": "agreed"},
    "set kind": lambda plan, rng: {"do": "kind", "grid": _grid(plan, rng), "kind": "business", "reason": "a market"},
    "rename": lambda plan, rng: {"do": "rename", "grid": _grid(plan, rng), "name": "Quay"},
}


def nearest(pieces: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    """The pieces nearest to the middle of all, numbered through."""
    centres = shapely.get_coordinates(shapely.centroid(pieces.geometry.to_numpy()))
    order = np.sort(np.argsort(np.hypot(*(centres - centres.mean(axis=0)).T), kind="stable")[:count])
    return pieces.iloc[order].reset_index(drop=True)


def plan_of(engine: Engine, pieces: gpd.GeoDataFrame) -> int:
    """A divided plan of the pieces in the database; returns its id."""
    centres = shapely.get_coordinates(shapely.centroid(pieces.geometry.to_numpy()))
    columns = {
        name: [f"{x}/{y}" for x, y in (centres // side).astype(int)] for name, side in NETWORKS.items()
    }  # fmt: skip
    middle = np.median(centres, axis=0)
    quarter = (centres > middle) @ np.array([1, 2])
    frame = gpd.GeoDataFrame(
        {
            "piece": np.arange(len(pieces)), "area": [f"44011500100{part}" for part in quarter],
            "evidence": [{} for _ in quarter],
            "households": pieces["households"].astype(float), "area_m2": pieces.geometry.area, **columns,
        },
        geometry=pieces.geometry.to_numpy(), crs=pieces.crs,
    )  # fmt: skip
    stored = frame.to_crs(4326)
    stored.attrs = {"networks": sorted(NETWORKS), "quantities": ["households"]}
    with db.transaction(engine) as session:
        plan = Plan(
            name="bench", crs=f"EPSG:{pieces.crs.to_epsg()}", seed=1, parameters={}, created_by="bench",
            status=store.CONSOLIDATED, consolidation=stored.attrs,
        )  # fmt: skip
        store.add(session, plan, [], [])
        store.replace_pieces(session, plan.id, stored)
        target = float(pieces["households"].sum()) / GRIDS
        bands = {"resident": [0.75 * target, target, 1.25 * target]}
        plan_division.divide_step(session, ROOT, {"plan": "bench", "bands": bands, "time_s": 5.0}, silent())
        return plan.id


@contextmanager
def client_of(engine: Engine) -> Iterator[TestClient]:
    """The application in this process, asked with a planner's key."""
    with db.transaction(engine) as session:
        key = keys.add(session, ROOT, "bench", ["lookup", "plan"], now=datetime.now(UTC)).key
    with TemporaryDirectory() as folder:
        url = engine.url.render_as_string(hide_password=False)
        settings = Settings(database_url=url, var_dir=Path(folder), log_format="json")
        app = create_app(settings, engine=engine)
        with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as client:
            yield client
