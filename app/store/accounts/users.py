from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models.users import SignIn, User


def add(session: Session, *, name: str, role: str, password_hash: str | None) -> User | None:
    """The new user, or None when the name is taken (also by a transaction that committed meanwhile)."""
    values = {"name": name, "role": role, "password_hash": password_hash}
    return session.scalar(insert(User).values(**values).on_conflict_do_nothing(index_elements=["name"]).returning(User))


def by_name(session: Session, name: str, *, lock: bool = False) -> User | None:
    """`lock` holds the row until the transaction ends and reads it afresh."""
    query = select(User).where(User.name == name)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def list_all(session: Session) -> Sequence[User]:
    return session.scalars(select(User).order_by(User.name)).all()


def lock_admins(session: Session) -> list[str]:
    """Names of the active administrators, held: two who demote each other at once must wait in turn."""
    query = select(User.name).where(User.role == "admin", User.active).order_by(User.id).with_for_update()
    return list(session.scalars(query))


def admin_has_been_in(session: Session) -> bool:
    """Whether any active administrator has a password or has ever signed in."""
    signed_in = exists().where(SignIn.user_id == User.id)
    query = select(User.id).where(User.role == "admin", User.active, signed_in | User.password_hash.is_not(None))
    return session.scalar(query.limit(1)) is not None
