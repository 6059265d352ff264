"""Sets of transfer proposals and the decisions on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.networks import Network
from app.models.people import Person
from app.models.plans import Plan
from app.models.posts import Post
from app.models.staff_transfers import StaffTransfer, TransferSet

SET_OPEN, APPLIED, UNDONE, REPLACED = "open", "applied", "undone", "replaced"


@dataclass(frozen=True)
class TransferFilter:
    """Which proposals of a set; None: any."""

    state: str | None = None
    sure: bool | None = None
    network: str | None = None
    posts: tuple[int, ...] | None = None
    edited: bool | None = None


@dataclass(frozen=True)
class TransferRow:
    """A proposal with the post that it is about."""

    transfer: StaffTransfer
    post: Post
    network: str
    person: Person


def add_set(session: Session, made: TransferSet) -> TransferSet:
    session.add(made)
    session.flush()
    return made


def add_transfers(session: Session, transfers: Iterable[StaffTransfer]) -> None:
    session.add_all(transfers)
    session.flush()


def find_open(session: Session, plan_id: int, *, lock: bool = False) -> TransferSet | None:
    """The set of a plan that has not taken effect; `lock`: one change of its decisions at a time."""
    query = select(TransferSet).where(TransferSet.plan_id == plan_id, TransferSet.status == SET_OPEN)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)


def get_open(session: Session, plan: Plan, *, lock: bool = False) -> TransferSet:
    found = find_open(session, plan.id, lock=lock)
    if found is None:
        raise NotFound(f"no proposals are kept for plan {plan.name!r}: `onegrid staff transfers propose {plan.name}`")
    return found


def newest(session: Session, plan: Plan, *, lock: bool = False) -> TransferSet:
    """The set of a plan that was made last, whatever became of it."""
    query = select(TransferSet).where(TransferSet.plan_id == plan.id).order_by(TransferSet.id.desc()).limit(1)
    found = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if found is None:
        raise NotFound(f"no proposals are kept for plan {plan.name!r}: `onegrid staff transfers propose {plan.name}`")
    return found


def rows(
    session: Session, set_id: int, wanted: TransferFilter | None = None, *, limit: int | None = None, after: int = 0
) -> list[TransferRow]:
    """Proposals by post; `after` is the post that the page before ended with."""
    asked = wanted or TransferFilter()
    query = (
        select(StaffTransfer, Post, Network.code, Person)
        .join(Post, Post.id == StaffTransfer.post_id)
        .join(Network, Network.id == Post.network_id)
        .join(Person, Person.id == Post.person_id)
        .where(StaffTransfer.set_id == set_id, StaffTransfer.post_id > after)
        .order_by(StaffTransfer.post_id)
        .limit(limit)
    )
    return [TransferRow(*row) for row in session.execute(_narrowed(query, asked))]


def _narrowed(query: Any, wanted: TransferFilter) -> Any:
    if wanted.state is not None:
        query = query.where(StaffTransfer.state == wanted.state)
    if wanted.sure is not None:
        query = query.where(StaffTransfer.sure.is_(wanted.sure))
    if wanted.network is not None:
        query = query.where(Network.code == wanted.network)
    if wanted.posts is not None:
        query = query.where(StaffTransfer.post_id.in_(wanted.posts))
    if wanted.edited is not None:
        differs = StaffTransfer.grid.is_distinct_from(StaffTransfer.proposed_grid) | (
            StaffTransfer.role != StaffTransfer.proposed_role
        )
        query = query.where((StaffTransfer.state == "accepted") & (differs if wanted.edited else ~differs))
    return query


def counts(session: Session, set_id: int) -> dict[str, int]:
    """State → proposals."""
    query = select(StaffTransfer.state, func.count()).where(StaffTransfer.set_id == set_id)
    return {state: many for state, many in session.execute(query.group_by(StaffTransfer.state))}  # noqa: C416  a Row


def unsure(session: Session, set_id: int) -> int:
    """How many proposals still wait for a person to decide."""
    query = select(func.count()).where(
        StaffTransfer.set_id == set_id, StaffTransfer.state == "open", StaffTransfer.sure.is_(False)
    )
    return session.scalar(query) or 0


def missing(wanted: Sequence[int], found: Iterable[TransferRow]) -> list[int]:
    """Posts asked for that are in no proposal of the set."""
    held = {row.post.id for row in found}
    return [post for post in wanted if post not in held]
