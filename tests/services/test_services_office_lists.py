"""Three offices' duty lists judged on their old grids: what must be found is known from the town's parcels, which know
no geometry; after, one list in their place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.rules.accounts.access import SCOPES, Caller
from app.services.duties import duty_audit, matters
from app.services.duties.duty_import import import_duties
from app.services.duties.duty_rows import Order
from app.services.networks import editions, networks
from app.services.networks.samples import NETWORK_FILES, make_sample_town
from app.services.progress import silent

ADMIN = Caller("cli:root", frozenset(SCOPES))
BEFORE, AFTER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ZONE = "Asia/Shanghai"


@pytest.fixture
def town(session: Session, tmp_path: Path) -> tuple[dict[str, Any], Path]:
    folder = tmp_path / "town"
    manifest = make_sample_town(folder, "small", 1)
    matters.load(session, ADMIN)
    matters.import_table(session, ADMIN, matters.TableImport("town", "", BEFORE), folder / "matters.csv")
    for code, file in NETWORK_FILES.items():
        networks.add_network(session, ADMIN, code, code)
        crs = "EPSG:4547" if code == "city_management" else None
        order = {"network": code, "file": str(folder / file), "crs": crs, "repair": "full", "publish": True}
        editions.import_network_step(session, ADMIN, order | {"valid_from": BEFORE.isoformat()}, silent())
        bring(session, folder / "lists" / f"{code}.xlsx", code, BEFORE)
    return manifest, folder


def bring(session: Session, file: Path, name: str, when: datetime, *, ends: bool = False) -> dict[str, Any]:
    order = Order(when, ZONE, name, end_missing=ends, add_departments=True)
    return import_duties(session, ADMIN, order, file, NOW)


def test_what_offices_leave_and_claim_is_found_as_the_parcels_say(
    session: Session, town: tuple[dict[str, Any], Path]
) -> None:
    manifest, folder = town
    for network, known in manifest["lists"]["before"].items():
        found = duty_audit.audit_network(session, NOW, network=network).to_dict()
        for problem, expected in known.items():
            rows = found[problem]["rows"]
            assert found[problem]["cells"] == expected["cells"] > 0, (network, problem)
            assert sorted({f"{row['kind']} {row['code']}" for row in rows}) == expected["matters"]
    for code in NETWORK_FILES:
        ended = bring(session, folder / "lists" / "ended.xlsx", code, AFTER, ends=True)
        assert ended["ended"] == manifest["lists"]["lines"][code]
    bring(session, folder / "lists" / "unified.xlsx", "unified", AFTER)
    after = duty_audit.audit_network(session, AFTER, network="civilization").to_dict()
    left = manifest["lists"]["after"]
    assert [f"{row['kind']} {row['code']}" for row in after["unowned"]["rows"]] == left["unowned"]
    assert after["unowned"]["cells"] == after["grids"]
    assert after["duplicate"]["cells"] == 0
