"""A city of squares with plans on it, made by the real services: two areas, two networks that cross, homes in every
cell, a campus."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from cities import cells, collection, squares, write
from sqlalchemy.orm import Session

from app.models.plans import Plan
from app.rules.accounts.access import SCOPES, Caller
from app.services.networks import editions, layers, networks
from app.services.plans import plan_consolidation, plan_division, plan_publication, plans
from app.services.progress import silent
from app.store.networks import editions as editions_store
from app.store.networks import networks as networks_store

PLANNER = Caller("user:planner", frozenset(SCOPES))
SIZE = 12
_AMOUNTS = np.random.default_rng(12).uniform(50, 70, (SIZE, SIZE)).round(3)
HOMES = {(x, y): float(_AMOUNTS[x, y]) for x in range(SIZE) for y in range(SIZE)}
"""Households of each cell: uneven and with decimals, so that no two ways to pair grids are equally good."""
TOTAL = sum(HOMES.values())
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def build(session: Session, folder: Path) -> None:
    """The city's layers, and its networks, which hold from LONG_AGO."""
    areas = [
        ({"code": "440115001001", "name": "东社区"}, cells(0, 0, 6, 12)),
        ({"code": "440115001002"}, cells(6, 0, 12, 12)),
    ]
    _layer(session, folder, "areas", areas)
    blocks = [({"code": f"{x}-{y}", "hh": count}, cells(x, y, x + 1, y + 1)) for (x, y), count in HOMES.items()]
    _layer(session, folder, "blocks", blocks, quantities={"households": "hh"})
    _layer(session, folder, "campuses", [({"code": "school"}, cells(1, 1, 3, 3))])
    for code, wide, high in (("governance", 3, 2), ("civilization", 2, 3)):
        networks.add_network(session, PLANNER, code, code)
        file = write(folder / f"{code}.geojson", squares(wide, high, SIZE))
        editions.import_network_step(session, PLANNER, {"network": code, "file": file, "code_field": "code"}, silent())
        edition = editions_store.newest(session, networks_store.get(session, code).id)
        assert edition is not None
        editions.publish(session, PLANNER, edition, LONG_AGO, LONG_AGO)


def divided(session: Session, name: str, cuts: tuple[str, ...] = ("campuses",), **parameters: Any) -> Plan:
    """A plan with grids; `parameters` are those of the division."""
    plan = plans.create(session, PLANNER, name, ["governance", "civilization"], areas="areas", cuts=cuts)
    plan_consolidation.consolidate_step(session, PLANNER, {"plan": name}, silent())
    plan_division.divide_step(session, PLANNER, {"plan": name, **parameters}, silent())
    return plan


def published(session: Session, plan: Plan, valid_from: str) -> int:
    """Publish a plan; returns its edition of the unified network."""
    order = {"plan": plan.name, "valid_from": valid_from}
    return int(plan_publication.publish_step(session, PLANNER, order, silent())["edition"])


def households_in_common(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Households that each two polygons (degrees) share, by shapely on the city's cells: one row per left one."""
    blocks = np.array([cells(x, y, x + 1, y + 1) for x, y in HOMES], dtype=object)
    table = np.zeros((len(left), len(right)))
    for block, count in zip(blocks, HOMES.values(), strict=True):
        a, b = (np.flatnonzero(shapely.intersects(side, block)) for side in (left, right))
        common = shapely.intersection(shapely.intersection(left[a], block)[:, None], right[b][None, :])
        table[np.ix_(a, b)] += count * shapely.area(common) / block.area
    return table


def _layer(session: Session, folder: Path, kind: str, rows: list[tuple[dict[str, Any], Any]], **order: Any) -> None:
    order |= {"kind": kind, "file": write(folder / f"{kind}.geojson", collection(rows)), "code_field": "code"}
    layers.import_layer_step(session, PLANNER, order, silent())
