"""Moments in requests: ISO texts, in the deployment's zone where they name none."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query

from app.rules.time.moments import parse_moment
from app.settings import Settings

At = Annotated[str | None, Query(description="Moment; now when not given.")]
KnownAt = Annotated[str | None, Query(description="As it was known at this moment; now when not given.")]


def moment(text: str | None, settings: Settings) -> datetime | None:
    """The moment that a request names, None for none. Raises InputError."""
    return parse_moment(text, settings.time_zone) if text else None
