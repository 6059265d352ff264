"""Who is behind a key or a cookie, remembered for a second so that look-ups need not ask the database each time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from app.errors import Unauthenticated
from app.services.accounts import keys, sign_in
from app.services.accounts.passwords import digest
from app.settings import Settings

REMEMBERED_S = 1.0  # a key revoked elsewhere works for so long at most; revoked by this process, it stops at once
REMEMBERED_MAX = 10_000
COOKIE = "onegrid_session"

Means = Literal["key", "cookie"]
Find = Callable[[Means, str], tuple[str, frozenset[str]] | None]


@dataclass(frozen=True)
class Identity:
    """A caller as its key or cookie says; `by` decides whether writes need proof of the same origin."""

    name: str
    scopes: frozenset[str]
    by: Means


def cookie_name(settings: Settings) -> str:
    """Browsers take a __Host- cookie over HTTPS only, from this host only, and let no other host set it."""
    return f"__Host-{COOKIE}" if settings.secure_cookies else COOKIE


class Callers:
    """Finds identities; keeps only those that exist, so that made-up keys cannot fill the memory."""

    def __init__(self, find: Find, cookie: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.cookie = cookie
        self.clock = clock
        self._find = find
        self._known: dict[str, tuple[Identity, float]] = {}

    async def identify(self, connection: HTTPConnection) -> Identity | None:
        """The identity that a request claims; None when it claims none, or only with a cookie that is over.

        Raises Unauthenticated for a key that is unknown, revoked or expired, so that its owner learns of it.
        """
        if (authorization := connection.headers.get("authorization")) is not None:
            kind, _, key = authorization.partition(" ")
            identity = await self._of("key", key.strip()) if kind.lower() == "bearer" else None
            if identity is None:
                raise Unauthenticated("the key is unknown, revoked or expired; send `Authorization: Bearer KEY`")
            return identity
        token = connection.cookies.get(self.cookie)
        return await self._of("cookie", token) if token else None

    def remembered(self, key: str) -> Identity | None:
        """Whose key this is, if that was asked of the database within the last second."""
        known = self._known.get("key" + digest(key))
        return known[0] if known is not None and known[1] > self.clock() else None

    def forget(self) -> None:
        """Ask the database again about everybody."""
        self._known.clear()

    async def _of(self, by: Means, token: str) -> Identity | None:
        slot, now = by + digest(token), self.clock()
        known = self._known.get(slot)
        if known is not None and known[1] > now:
            return known[0]
        self._known.pop(slot, None)
        found = await run_in_threadpool(self._find, by, token)
        if found is None:
            return None
        if len(self._known) >= REMEMBERED_MAX:
            self._known.clear()
        identity = Identity(*found, by)
        self._known[slot] = (identity, now + REMEMBERED_S)
        return identity


def finder(transaction: Callable[..., object]) -> Find:
    """Look identities up in the database, each in a transaction of its own."""

    def find(by: Means, token: str) -> tuple[str, frozenset[str]] | None:
        holder = keys.holder if by == "key" else sign_in.holder
        with transaction() as session:  # type: ignore[attr-defined]
            return holder(session, token, now=datetime.now(UTC))

    return find
