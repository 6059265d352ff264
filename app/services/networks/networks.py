from __future__ import annotations

import re
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, InputError
from app.models.networks import Network
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.store.networks import editions as editions_store
from app.store.networks import networks as store

UNIFIED = "unified"
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
RESERVED = frozenset({"piece", "grid", "kind", "area", "area_m2", "geometry", "code", "name", "evidence", "pieces"})


def add_network(session: Session, caller: Caller, code: str, name: str, department: str | None = None) -> Network:
    """A new, empty network. Its code names columns of exports, so it is kept to `[a-z][a-z0-9_]*`."""
    if not CODE.fullmatch(code) or code in RESERVED:
        raise InputError(
            f"{code!r} cannot be a network's code: 2 to 40 of a–z, 0–9 and _, a letter first, and none of "
            f"{', '.join(sorted(RESERVED))}"
        )
    if not name.strip():
        raise InputError("a network needs a name")
    if store.find(session, code) is not None:
        raise Conflict(f"network {code!r} exists already")
    network = store.add(session, code, name.strip(), department)
    audit.record(session, caller, "add network", f"network/{code}", after={"name": name, "department": department})
    return network


def unified(session: Session, caller: Caller) -> Network:
    """The network that OneGrid produces; made when it is first needed."""
    return store.find(session, UNIFIED) or add_network(session, caller, UNIFIED, "统一网格")


def describe(session: Session, network: Network) -> dict[str, Any]:
    """The network with its newest edition, as the API and the CLI show it."""
    newest = editions_store.newest(session, network.id)
    return {
        "code": network.code,
        "name": network.name,
        "department": network.department,
        "editions": len(editions_store.of_network(session, network.id)),
        "newest_edition": newest.id if newest else None,
        "grids": editions_store.count_grids(session, newest.id) if newest else 0,
        "created_at": network.created_at,
    }
