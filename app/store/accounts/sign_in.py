"""One-time links, signed-in browsers, and the attempts that are counted against guessing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from app.models.users import SignIn, SignInAttempt, SignInLink, User


def add_link(session: Session, *, user_id: int, token_hash: str, expires_at: datetime) -> None:
    session.add(SignInLink(token_hash=token_hash, user_id=user_id, expires_at=expires_at))
    session.flush()


def use_link(session: Session, token_hash: str, now: datetime) -> User | None:
    """Use up the link and say whose it was. Of several who try at once, one gets the user, the others None.

    The row lock of the UPDATE makes the later ones wait, and PostgreSQL then looks at `used_at IS NULL` afresh.
    """
    usable = (SignInLink.token_hash == token_hash) & SignInLink.used_at.is_(None) & (SignInLink.expires_at > now)
    statement = update(SignInLink).where(usable).values(used_at=now).returning(SignInLink.user_id)
    user_id = session.scalar(statement)
    return None if user_id is None else session.scalar(select(User).where(User.id == user_id, User.active))


def add_sign_in(session: Session, *, user_id: int, token_hash: str, expires_at: datetime) -> None:
    session.add(SignIn(token_hash=token_hash, user_id=user_id, expires_at=expires_at))
    session.flush()


def signed_in_user(session: Session, token_hash: str, now: datetime) -> User | None:
    alive = SignIn.ended_at.is_(None) & (SignIn.expires_at > now) & User.active
    query = select(User).join(SignIn, SignIn.user_id == User.id).where(SignIn.token_hash == token_hash, alive)
    return session.scalar(query)


def end_sign_in(session: Session, token_hash: str, now: datetime) -> bool:
    """False when it had ended already."""
    statement = update(SignIn).where(SignIn.token_hash == token_hash, SignIn.ended_at.is_(None)).values(ended_at=now)
    return session.scalar(statement.returning(SignIn.user_id)) is not None


def end_all(session: Session, user_id: int, now: datetime) -> None:
    """End every sign-in and use up every open link of a user."""
    session.execute(update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None)).values(ended_at=now))
    session.execute(
        update(SignInLink).where(SignInLink.user_id == user_id, SignInLink.used_at.is_(None)).values(used_at=now)
    )


def forget_ended(session: Session, before: datetime) -> tuple[int, int]:
    """Delete sign-ins that ended or ran out by then, and links that were used or ran out; returns how many of each."""
    ended = delete(SignIn).where((SignIn.ended_at <= before) | (SignIn.expires_at <= before))
    spent = delete(SignInLink).where((SignInLink.used_at <= before) | (SignInLink.expires_at <= before))
    sign_ins = session.scalars(ended.returning(SignIn.user_id)).all()
    return len(sign_ins), len(session.scalars(spent.returning(SignInLink.user_id)).all())


def attempts(session: Session, bucket: str, since: datetime) -> tuple[int, datetime | None]:
    """How many attempts count against `bucket`, and when the oldest of them was."""
    query = select(func.count(), func.min(SignInAttempt.at)).where(
        SignInAttempt.bucket == bucket, SignInAttempt.at > since
    )
    count, oldest = session.execute(query).one()
    return count, oldest


def lock_buckets(session: Session, buckets: list[str]) -> None:
    """Have others who count against the same buckets wait; in one order, so that nobody waits in a circle."""
    for bucket in sorted(buckets):
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:bucket, 7))"), {"bucket": bucket})


def add_attempt(session: Session, bucket: str, now: datetime) -> None:
    session.add(SignInAttempt(bucket=bucket, at=now))
    session.flush()


def forget_attempts(session: Session, bucket: str) -> None:
    session.execute(delete(SignInAttempt).where(SignInAttempt.bucket == bucket))


def forget_attempts_before(session: Session, time: datetime) -> None:
    session.execute(delete(SignInAttempt).where(SignInAttempt.at <= time))
