from __future__ import annotations

from datetime import datetime
from typing import Any

import geopandas as gpd
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.editions import Edition, Validity
from app.models.grids import CodePool, Grid
from app.models.networks import Network
from app.store.frames import as_geometry, insert_frame, select_frame

DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"


def add(
    session: Session,
    *,
    network_id: int,
    content_hash: str,
    created_by: str,
    provenance: dict[str, Any],
    report: dict[str, Any],
    plan_id: int | None = None,
) -> Edition:
    edition = Edition(
        network_id=network_id,
        plan_id=plan_id,
        content_hash=content_hash,
        created_by=created_by,
        provenance=provenance,
        report=report,
        status=DRAFT,
    )
    session.add(edition)
    session.flush()
    return edition


def get(session: Session, edition_id: int) -> Edition:
    edition = session.get(Edition, edition_id)
    if edition is None:
        raise NotFound(f"no edition {edition_id}")
    return edition


def by_hash(session: Session, network_id: int, content_hash: str) -> Edition | None:
    """The newest edition of the network made from the same content."""
    return session.scalar(
        select(Edition)
        .where(Edition.network_id == network_id, Edition.content_hash == content_hash)
        .order_by(Edition.id.desc())
        .limit(1)
    )


def of_network(session: Session, network_id: int) -> list[Edition]:
    return list(session.scalars(select(Edition).where(Edition.network_id == network_id).order_by(Edition.id)))


def newest(session: Session, network_id: int) -> Edition | None:
    return session.scalar(select(Edition).where(Edition.network_id == network_id).order_by(Edition.id.desc()).limit(1))


def of_plan(session: Session, plan_id: int) -> Edition | None:
    """The newest edition that a plan was published as."""
    return session.scalar(select(Edition).where(Edition.plan_id == plan_id).order_by(Edition.id.desc()).limit(1))


def in_force(session: Session, network_id: int, at: datetime, as_known_at: datetime | None = None) -> Edition | None:
    """The edition that holds at `at`, as known now or at `as_known_at`."""
    return session.scalar(
        select(Edition)
        .join(Validity, Validity.edition_id == Edition.id)
        .where(Validity.network_id == network_id, Validity.valid.contains(at), _known(as_known_at))
    )


def validities(session: Session, network_id: int) -> list[Validity]:
    """What is known now of when the network's editions hold, earliest first."""
    return list(
        session.scalars(
            select(Validity)
            .where(Validity.network_id == network_id, func.upper_inf(Validity.recorded))
            .order_by(func.lower(Validity.valid))
        )
    )


def validity_of(session: Session, edition_id: int) -> Validity | None:
    return session.scalar(select(Validity).where(Validity.edition_id == edition_id, func.upper_inf(Validity.recorded)))


def open_validity(session: Session, edition: Edition, valid: Range[datetime], now: datetime) -> Validity:
    """Record from `now` on that `edition` holds over `valid`."""
    validity = Validity(
        edition_id=edition.id, network_id=edition.network_id, valid=valid, recorded=Range(now, None, bounds="[)")
    )
    session.add(validity)
    session.flush()
    return validity


def close_validity(session: Session, validity: Validity, now: datetime) -> None:
    """What was recorded ceases to be believed at `now`; the row stays for questions about the past."""
    validity.recorded = Range(validity.recorded.lower, now, bounds="[)")
    session.flush()


def add_grids(session: Session, edition_id: int, grids: gpd.GeoDataFrame) -> int:
    """`grids`: code, name, kind, area, area_m2, quantities, scores, properties and geometry in EPSG:4326."""
    return insert_frame(session, Grid, grids, edition_id=edition_id)


def grids_frame(
    session: Session,
    edition_id: int,
    *,
    bbox: tuple[float, float, float, float] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> gpd.GeoDataFrame:
    """Grids of an edition in the order of their codes."""
    statement = (
        select(
            Grid.id, Grid.code, Grid.name, Grid.kind, Grid.area, Grid.area_m2, Grid.quantities, Grid.scores,
            Grid.properties, as_geometry(Grid.geom),
        )
        .where(Grid.edition_id == edition_id)
        .order_by(Grid.code.collate("C"))
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    if bbox is not None:
        statement = statement.where(func.ST_Intersects(Grid.geom, func.ST_MakeEnvelope(*bbox, 4326)))
    return select_frame(session, statement)


def count_grids(session: Session, edition_id: int) -> int:
    return session.scalar(select(func.count()).select_from(Grid).where(Grid.edition_id == edition_id)) or 0


def network_of(session: Session, edition: Edition) -> Network:
    return session.get_one(Network, edition.network_id)


def code_pools(session: Session) -> dict[str, int]:
    """Prefix → last serial issued, locked until the transaction ends."""
    pools = session.scalars(select(CodePool).with_for_update())
    return {pool.prefix: pool.last_serial for pool in pools}


def save_code_pools(session: Session, pools: dict[str, int]) -> None:
    for prefix, last in pools.items():
        session.merge(CodePool(prefix=prefix, last_serial=last))
    session.flush()


def _known(as_known_at: datetime | None) -> Any:
    return func.upper_inf(Validity.recorded) if as_known_at is None else Validity.recorded.contains(as_known_at)
