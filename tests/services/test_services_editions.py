"""Publishing, retiring and rolling back, with both times, on a real PostGIS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import geopandas as gpd
import pytest
from shapely import box
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden
from app.models.audit import AuditEntry
from app.models.editions import Edition
from app.rules.accounts.access import SCOPES, Caller
from app.services.networks import editions, networks
from app.store.networks import editions as store
from app.store.networks import networks as networks_store

PLANNER = Caller("user:planner", frozenset(SCOPES))
JANUARY, JUNE, DECEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 6, 12))
KNOWN = [datetime(2025, 12, day, tzinfo=UTC) for day in range(1, 11)]


def draft(session: Session, network: str = "governance", content: str = "a") -> Edition:
    found = networks_store.find(session, network) or networks.add_network(session, PLANNER, network, network)
    edition = store.add(session, network_id=found.id, content_hash=content, created_by="test", provenance={}, report={})
    frame = gpd.GeoDataFrame({"code": ["1"], "name": [""], "area_m2": [1.0]}, geometry=[box(0, 0, 1, 1)], crs=4326)
    store.add_grids(session, edition.id, frame)
    return edition


def holds(session: Session, network_id: int, at: datetime, known: datetime | None = None) -> int | None:
    found = store.in_force(session, network_id, at, known)
    return found.id if found else None


def test_publishing_closes_the_edition_before_and_keeps_what_was_known(session: Session) -> None:
    first, second = draft(session, content="a"), draft(session, content="b")
    editions.publish(session, PLANNER, first, JANUARY, KNOWN[0])
    editions.publish(session, PLANNER, second, JUNE, KNOWN[5])
    network = first.network_id
    assert holds(session, network, JANUARY - timedelta(microseconds=1)) is None
    assert holds(session, network, JANUARY) == first.id
    assert holds(session, network, JUNE - timedelta(microseconds=1)) == first.id
    assert holds(session, network, JUNE) == second.id
    assert holds(session, network, DECEMBER, known=KNOWN[3]) == first.id
    assert holds(session, network, DECEMBER, known=KNOWN[0] - timedelta(days=1)) is None
    assert (first.status, second.status) == (store.RETIRED, store.PUBLISHED)


def test_rolling_back_lets_the_predecessor_hold_on(session: Session) -> None:
    first, second = draft(session, content="a"), draft(session, content="b")
    editions.publish(session, PLANNER, first, JANUARY, KNOWN[0])
    editions.publish(session, PLANNER, second, JUNE, KNOWN[2])
    revived = editions.roll_back(session, PLANNER, second, KNOWN[4])
    assert revived is not None
    assert revived.id == first.id
    assert holds(session, first.network_id, DECEMBER) == first.id
    assert holds(session, first.network_id, DECEMBER, known=KNOWN[3]) == second.id
    assert first.status == store.PUBLISHED
    with pytest.raises(Conflict, match="only a draft"):
        editions.publish(session, PLANNER, second, DECEMBER, KNOWN[6])


def test_retiring_leaves_the_ground_without_an_owner(session: Session) -> None:
    only = draft(session)
    editions.publish(session, PLANNER, only, JANUARY, KNOWN[0])
    with pytest.raises(Conflict, match="roll it back"):
        editions.retire(session, PLANNER, only, JANUARY, KNOWN[1])
    editions.retire(session, PLANNER, only, JUNE, KNOWN[2])
    assert holds(session, only.network_id, JUNE) is None
    assert holds(session, only.network_id, JUNE - timedelta(days=1)) == only.id
    assert holds(session, only.network_id, JUNE, known=KNOWN[1]) == only.id


def test_a_later_edition_is_not_overrun(session: Session) -> None:
    first, second = draft(session, content="a"), draft(session, content="b")
    editions.publish(session, PLANNER, first, JUNE, KNOWN[0])
    with pytest.raises(Conflict, match=f"edition {first.id} already holds"):
        editions.publish(session, PLANNER, second, JANUARY, KNOWN[1])
    assert second.status == store.DRAFT


def test_only_the_newest_publish_can_be_rolled_back(session: Session) -> None:
    first, second = draft(session, content="a"), draft(session, content="b")
    editions.publish(session, PLANNER, first, JANUARY, KNOWN[0])
    editions.publish(session, PLANNER, second, JUNE, KNOWN[1])
    with pytest.raises(Conflict, match="newest"):
        editions.roll_back(session, PLANNER, first, KNOWN[2])


def test_the_database_itself_refuses_two_editions_at_one_moment(session: Session) -> None:
    first, second = draft(session, content="a"), draft(session, content="b")
    store.open_validity(session, first, Range(JANUARY, None), KNOWN[0])
    with pytest.raises(IntegrityError, match="ex_validities_one_edition_at_a_time"):
        store.open_validity(session, second, Range(JUNE, None), KNOWN[1])


def test_publishing_needs_the_scope_and_leaves_a_trail(session: Session) -> None:
    edition = draft(session)
    with pytest.raises(Forbidden):
        editions.publish(session, Caller("key:hotline", frozenset({"lookup"})), edition, JANUARY, KNOWN[0])
    editions.publish(session, PLANNER, edition, JANUARY, KNOWN[0])
    entry = session.query(AuditEntry).filter_by(subject=f"edition/{edition.id}").one()
    assert (entry.actor, entry.action) == ("user:planner", "publish")
    assert entry.before == {"status": "draft"}
    assert entry.after == {"status": "published", "valid_from": JANUARY.isoformat(), "ended": []}
