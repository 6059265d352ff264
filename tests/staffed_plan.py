"""A small city with staff in two networks, and a plan made from them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cities import cells, collection, squares, write
from sqlalchemy.orm import Session

from app.models.plans import Plan
from app.rules.accounts.access import SCOPES, Caller
from app.services.networks import editions, layers, networks
from app.services.plans import plan_consolidation, plan_division, plans
from app.services.progress import silent
from app.services.staff import people, posts
from app.services.staff.people import NewPerson
from app.services.staff.posts import NewPost
from app.store.networks import editions as editions_store

ADMIN = Caller("cli:root", frozenset(SCOPES))
START = datetime(2026, 1, 1, tzinfo=UTC)


def make_plan(session: Session, tmp_path: Path) -> Plan:
    """A city of 6 × 6 cells in which two networks of 3 × 2 and 2 × 3 grids, each grid with a chief and a member, are
    divided anew; governance has no staff in one grid."""
    areas = write(tmp_path / "areas.geojson", collection([({"code": "440115001001"}, cells(0, 0, 6, 6))]))
    layers.import_layer_step(session, ADMIN, {"kind": "areas", "file": areas, "code_field": "code"}, silent())
    homes = collection(
        [({"code": f"{x}-{y}", "hh": 60}, cells(x, y, x + 1, y + 1)) for x in range(6) for y in range(6)]
    )
    order = {"kind": "blocks", "file": write(tmp_path / "b.geojson", homes), "code_field": "code"}
    layers.import_layer_step(session, ADMIN, order | {"quantities": {"households": "hh"}}, silent())
    for code, wide, high in (("governance", 3, 2), ("civilization", 2, 3)):
        networks.add_network(session, ADMIN, code, code)
        file = write(tmp_path / f"{code}.geojson", squares(wide, high))
        order = {"network": code, "file": file, "code_field": "code"}
        made = editions.import_network_step(session, ADMIN, order, silent())
        for grid in editions_store.grids_frame(session, made["edition"])["code"][1:]:
            for role in ("网格长", "网格员"):
                person = people.add(session, ADMIN, NewPerson(f"{role}{code}{grid}", f"{role}-{code}-{grid}")).id
                posts.appoint(session, ADMIN, NewPost(person, role, code, grid, START), START)
    created = plans.create(session, ADMIN, "spring", ["governance", "civilization"], areas="areas")
    plan_consolidation.consolidate_step(session, ADMIN, {"plan": "spring"}, silent())
    return created


def divide(session: Session, plan: Plan) -> None:
    plan_division.divide_step(session, ADMIN, {"plan": plan.name, "bands": {"resident": [300, 500, 800]}}, silent())
