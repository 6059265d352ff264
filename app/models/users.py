from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class User(Base):
    """A person who signs in. `role`: planner, admin, operator, viewer."""

    __tablename__ = "users"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Recorded]


class SignInLink(Base):
    """A link that signs its user in once; only the hash of its token is kept."""

    __tablename__ = "sign_in_links"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[Recorded]


class SignIn(Base):
    """A signed-in browser; only the hash of its cookie is kept."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[Recorded]


class SignInAttempt(Base):
    """One try at a password, counted before it is checked; kept only as long as it counts against its bucket."""

    __tablename__ = "sign_in_attempts"

    id: Mapped[Id]
    bucket: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (Index("ix_sign_in_attempts_bucket_at", "bucket", "at"),)
