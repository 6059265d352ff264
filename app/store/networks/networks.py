from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.networks import Network


def add(session: Session, code: str, name: str, department: str | None) -> Network:
    network = Network(code=code, name=name, department=department)
    session.add(network)
    session.flush()
    return network


def find(session: Session, code: str) -> Network | None:
    return session.scalar(select(Network).where(Network.code == code))


def get(session: Session, code: str) -> Network:
    """The network with `code`; NotFound names those there are."""
    network = find(session, code)
    if network is None:
        known = ", ".join(other.code for other in every(session)) or "none yet"
        raise NotFound(f"no network {code!r}; there are: {known}")
    return network


def every(session: Session) -> list[Network]:
    return list(session.scalars(select(Network).order_by(Network.code)))


def lock(session: Session, network_id: int) -> None:
    """Hold the network's row until the transaction ends: its editions change one transaction at a time."""
    session.execute(select(Network.id).where(Network.id == network_id).with_for_update())
