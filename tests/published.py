"""Editions for tests, put into force through the store: boundaries as shapely polygons, moments as they are given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.models.editions import Edition
from app.store.networks import editions as store
from app.store.networks import networks

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def publish(
    session: Session,
    network: str,
    codes: Sequence[str],
    polygons: npt.NDArray[np.object_],
    *,
    valid_from: datetime | None = LONG_AGO,
    valid_to: datetime | None = None,
    known_from: datetime = LONG_AGO,
    kinds: Sequence[str | None] | None = None,
    **columns: Any,
) -> Edition:
    """One edition of `network` (made when it is not there) that holds over [valid_from, valid_to)."""
    owner = networks.find(session, network) or networks.add(session, network, network.title(), None)
    edition = store.add(
        session, network_id=owner.id, content_hash=f"{network}-{valid_from}-{known_from}", created_by="test",
        provenance={}, report={},
    )  # fmt: skip
    frame = gpd.GeoDataFrame(
        {
            "code": list(codes),
            "name": [f"Grid {code}" for code in codes],
            "kind": list(kinds) if kinds else [None] * len(codes),
            "area": [None] * len(codes),
            "area_m2": [1.0] * len(codes),
            **columns,
        },
        geometry=list(polygons),
        crs=4326,
    )
    store.add_grids(session, edition.id, frame)
    store.open_validity(session, edition, Range(valid_from, valid_to, bounds="[)"), known_from)
    edition.status = store.PUBLISHED
    session.commit()
    return edition


def close(session: Session, edition: Edition, valid_to: datetime, now: datetime) -> None:
    """Recorded at `now`: the edition holds only up to `valid_to`."""
    held = store.validity_of(session, edition.id)
    assert held is not None
    store.close_validity(session, held, now)
    store.open_validity(session, edition, Range(held.valid.lower, valid_to, bounds="[)"), now)
    session.commit()
