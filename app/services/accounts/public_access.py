"""How often everybody may ask without a key: counted in the database, for all server processes together."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal

from sqlalchemy.orm import Session

from app.errors import TooManyAttempts
from app.services.accounts.sign_in import WINDOW
from app.store.accounts import sign_in as store

What = Literal["look", "report", "photo", "follow", "words", "comment"]
LIMITS: dict[What, int] = {"look": 600, "report": 30, "photo": 90, "follow": 300, "words": 60, "comment": 60}
"""Requests from one address in the window. Many telephones share one address of their network operator: these stop
floods and the guessing of codes, not neighbours."""


def count(session: Session, origin: str, what: What, now: datetime) -> None:
    """Count one request, to be committed on its own. Raises TooManyAttempts."""
    bucket = f"public {what} from {household(origin)}"
    store.lock_buckets(session, [bucket])
    store.forget_attempts_before(session, now - WINDOW)
    found, oldest = store.attempts(session, bucket, now - WINDOW)
    if oldest is not None and found >= LIMITS[what]:
        wait = max(1, math.ceil((oldest + WINDOW - now) / timedelta(seconds=1)))
        raise TooManyAttempts(f"too much from one address: try again in {wait} s", retry_after=wait)
    store.add_attempt(session, bucket, now)


def household(origin: str) -> str:
    """The address that counts: of IPv6 the /64, which one connection has to itself and may wander in."""
    try:
        address = ip_address(origin)
    except ValueError:
        return origin
    if not isinstance(address, IPv6Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ip_network((address, 64), strict=False))
