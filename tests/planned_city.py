"""A city of squares with plans on it, made by the real services: two areas, two networks that cross, homes in every
cell, a campus."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cities import cells, collection, squares, write
from sqlalchemy.orm import Session

from app.models.plans import Plan
from app.rules.access import SCOPES, Caller
from app.services import editions, layers, networks, plan_consolidation, plan_division, plan_publication, plans
from app.services.progress import silent
from app.store import editions as editions_store
from app.store import networks as networks_store

PLANNER = Caller("user:planner", frozenset(SCOPES))
SIZE = 12
HOMES = 60
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def build(session: Session, folder: Path) -> None:
    """The city's layers, and its networks, which hold from LONG_AGO."""
    areas = [
        ({"code": "440115001001", "name": "东社区"}, cells(0, 0, 6, 12)),
        ({"code": "440115001002"}, cells(6, 0, 12, 12)),
    ]
    _layer(session, folder, "areas", areas)
    homes = [({"code": f"{x}-{y}", "hh": HOMES}, cells(x, y, x + 1, y + 1)) for x in range(SIZE) for y in range(SIZE)]
    _layer(session, folder, "blocks", homes, quantities={"households": "hh"})
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


def _layer(session: Session, folder: Path, kind: str, rows: list[tuple[dict[str, Any], Any]], **order: Any) -> None:
    order |= {"kind": kind, "file": write(folder / f"{kind}.geojson", collection(rows)), "code_field": "code"}
    layers.import_layer_step(session, PLANNER, order, silent())
