"""What the look-up keeps in memory, and its twin in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models.editions import Edition, Validity
from app.models.networks import Network
from app.store.frames import binary_rows
from app.store.networks.editions import DRAFT

VERSION = text("""
    SELECT (SELECT count(*) FROM networks), count(*), count(*) FILTER (WHERE NOT upper_inf(recorded)),
           (SELECT version FROM staff_version)
    FROM validities
""")
EDITION = """
    SELECT code, name, kind, area, ST_AsBinary(geom) FROM grids WHERE edition_id = %s ORDER BY code COLLATE "C"
"""
TWIN = text("""
    SELECT edition, code, name, kind, area, on_boundary
    FROM onegrid_lookup(:lon, :lat, :network, coalesce(CAST(:at AS timestamptz), now()),
                        CAST(:as_known_at AS timestamptz))
""")

Version = tuple[int, int, int, int]


@dataclass(frozen=True)
class ValidityRow:
    """One row of `validities` with its network's code; None is without end."""

    network: str
    edition: int
    valid_from: datetime | None
    valid_to: datetime | None
    known_from: datetime | None
    known_to: datetime | None


@dataclass(frozen=True)
class EditionRows:
    """The grids of one edition, in the order of their codes; arrays of the same length."""

    codes: npt.NDArray[np.object_]
    names: npt.NDArray[np.object_]
    kinds: npt.NDArray[np.object_]
    areas: npt.NDArray[np.object_]
    polygons: npt.NDArray[np.object_]


@dataclass(frozen=True)
class SqlOwner:
    """The owner of a point as the database sees it."""

    edition: int
    code: str
    name: str
    kind: str | None
    area: str | None
    on_boundary: bool


def version(session: Session) -> Version:
    """Changes whenever `validities`, the list of networks or staff (its last number) did.

    Rows are only added and closed, never deleted: counting both sees every commit. The highest id would not: ids are
    drawn before the commit, and a lower one can become visible after a higher one.
    """
    networks, rows, closed, staff = session.execute(VERSION).one()
    return int(networks), int(rows), int(closed), int(staff)


def validities(session: Session) -> list[ValidityRow]:
    """Every validity ever recorded."""
    statement = (
        select(Network.code, Validity.edition_id, Validity.valid, Validity.recorded)
        .join(Network, Network.id == Validity.network_id)
        .order_by(Validity.id)
    )
    return [
        ValidityRow(code, edition, valid.lower, valid.upper, recorded.lower, recorded.upper)
        for code, edition, valid, recorded in session.execute(statement)
    ]


def drafts(session: Session, since: datetime, most: int) -> list[int]:
    """The latest editions that were never published, made since a moment."""
    statement = (
        select(Edition.id)
        .where(Edition.status == DRAFT, Edition.created_at >= since)
        .order_by(Edition.id.desc())
        .limit(most)
    )
    return list(session.scalars(statement))


def network_codes(session: Session) -> list[str]:
    return list(session.scalars(select(Network.code)))


def edition_rows(session: Session, edition_id: int) -> EditionRows:
    """All grids of an edition; geometry passes as WKB, bit for bit."""
    rows = binary_rows(session, EDITION, edition_id)
    codes, names, kinds, areas, shapes = (np.array([row[i] for row in rows], dtype=object) for i in range(5))
    return EditionRows(codes, names, kinds, areas, np.asarray(shapely.from_wkb(shapes), dtype=object))


def locate_sql(
    session: Session,
    lon: float,
    lat: float,
    network: str,
    at: datetime | None = None,
    as_known_at: datetime | None = None,
) -> SqlOwner | None:
    """The owner of a WGS 84 point by the SQL function `onegrid_lookup`: the same answer as the index in memory."""
    asked: dict[str, Any] = {"lon": lon, "lat": lat, "network": network, "at": at, "as_known_at": as_known_at}
    row = session.execute(TWIN, asked).one_or_none()
    return None if row is None else SqlOwner(*row)
