"""The grids of a network with their posts: how many there are, and how many are missing."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import geopandas as gpd
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.rules.accounts.access import Caller
from app.services.staff.staff import audit_staff
from app.store.networks import editions as editions_store
from app.store.networks import networks as networks_store
from app.store.staff import posts as posts_store
from app.store.staff.posts import PostFilter


def staffed_grids(session: Session, caller: Caller, network: str, at: datetime) -> gpd.GeoDataFrame:
    """Grids in force at `at` (`code`, `name`, `kind`, `area`) with the number of their `posts`, of vacant roles
    (`vacancies`) and of roles held by too many (`surpluses`). Names nobody. Raises NotFound where no edition holds."""
    caller.require("lookup")
    edition = editions_store.in_force(session, networks_store.get(session, network).id, at)
    if edition is None:
        raise NotFound(f"no edition of {network!r} holds at {at.isoformat()}")
    frame = editions_store.grids_frame(session, edition.id)[["code", "name", "kind", "area", "geometry"]]
    found = audit_staff(session, caller, at, network)
    posts = posts_store.rows(session, PostFilter(network=network, at=at))
    counted = {"posts": Counter(row.post.grid for row in posts)}
    for kind in ("vacancies", "surpluses"):
        counted[kind] = Counter(line["grid"] for line in found[kind]["rows"])
    return frame.assign(**{name: [counts[code] for code in frame["code"]] for name, counts in counted.items()})
