"""Who is behind a key or a cookie, remembered for a second so that look-ups need not ask the database each time."""

from __future__ import annotations

import asyncio
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

    def __init__(
        self, find: Find, cookie: str, clock: Callable[[], float] = time.monotonic, *, asks_ahead: bool = True
    ) -> None:
        """`asks_ahead`: whether keys may be asked again beside the requests, before they are forgotten."""
        self.cookie = cookie
        self.clock = clock
        self.asks_ahead = asks_ahead
        self._find = find
        self._known: dict[str, tuple[Identity, float]] = {}
        self._headers: dict[bytes, tuple[Identity, float]] = {}
        self._asking: dict[bytes, asyncio.Task[None]] = {}

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

    def remembered(self, authorization: bytes) -> Identity | None:
        """Whose key this header names, from memory alone; must be called in the event loop.

        Asked again while it is still good, one question for all requests in between: nobody waits for the answer.
        """
        known = self._headers.get(authorization)
        now = self.clock()
        if known is None or known[1] <= now:
            known = self._remember(authorization)
        if known is None or known[1] <= now:
            return None
        if self.asks_ahead and known[1] - now < REMEMBERED_S / 2 and authorization not in self._asking:
            self._asking[authorization] = asyncio.create_task(self._ask_again(authorization))
        return known[0]

    def _remember(self, authorization: bytes) -> tuple[Identity, float] | None:
        self._headers.pop(authorization, None)
        known = self._known.get("key" + digest(_token(authorization)))
        if known is not None:
            if len(self._headers) >= REMEMBERED_MAX:
                self._headers.clear()
            self._headers[authorization] = known
        return known

    async def _ask_again(self, authorization: bytes) -> None:
        try:
            await self._of("key", _token(authorization), anew=True)
            self._remember(authorization)
        finally:
            del self._asking[authorization]

    def forget(self) -> None:
        """Ask the database again about everybody."""
        self._known.clear()
        self._headers.clear()

    async def _of(self, by: Means, token: str, *, anew: bool = False) -> Identity | None:
        slot, now = by + digest(token), self.clock()
        known = self._known.get(slot)
        if known is not None and known[1] > now and not anew:
            return known[0]
        found = await run_in_threadpool(self._find, by, token)
        if found is None:
            self._known.pop(slot, None)
            return None
        if len(self._known) >= REMEMBERED_MAX:
            self._known.clear()
        identity = Identity(*found, by)
        self._known[slot] = (identity, now + REMEMBERED_S)
        return identity


def _token(authorization: bytes) -> str:
    """What stands after `Bearer`; nobody's for another kind."""
    kind, _, key = authorization.decode("latin-1").partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def finder(transaction: Callable[..., object]) -> Find:
    """Look identities up in the database, each in a transaction of its own."""

    def find(by: Means, token: str) -> tuple[str, frozenset[str]] | None:
        holder = keys.holder if by == "key" else sign_in.holder
        with transaction() as session:  # type: ignore[attr-defined]
            return holder(session, token, now=datetime.now(UTC))

    return find
