from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Run(Base):
    """One long job: what was asked, by whom, with which inputs, its progress and outcome.

    status: queued → running → succeeded | failed | cancelled. A run is executed by whoever holds the advisory
    lock on its id; `running` with nobody holding it means that its worker died, and it is taken up again.
    """

    __tablename__ = "runs"

    id: Mapped[Id]
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="queued", index=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    requested_by: Mapped[str]
    scopes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    progress: Mapped[float] = mapped_column(server_default="0")
    message: Mapped[str] = mapped_column(server_default="")
    outcome: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    error: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    cancel_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Recorded]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
