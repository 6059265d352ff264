"""Plain look-ups answered where the server has read a request's head: no task, no scope, one write.

Two thirds of what a look-up costs behind ASGI is the way to the application and back (docs/decisions/0007). This is
uvicorn's own protocol with one more question in it: can `QuickLookup` answer at once? Whatever it cannot, and whatever
is not an ordinary GET on a kept connection, goes its usual way.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.api.lookup.quick_lookup import PATH, QuickLookup

ASKED = f"{PATH}?".encode()
STATUS = f"HTTP/1.1 {HTTPStatus.OK.value} {HTTPStatus.OK.phrase}\r\n".encode()


ANSWERED: Any = SimpleNamespace(response_complete=True, message_event=asyncio.Event())
"""What the server keeps of a request that is over."""


class QuickProtocol(HttpToolsProtocol):
    """Serves an application with a `quick`; any other one as uvicorn does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        quick = getattr(self.app, "quick", None)
        plain = not (self.root_path or self.limit_concurrency or self.access_log)
        self._quick: QuickLookup | None = quick if plain else None
        self._told: object = None
        self._lines = b""
        self._fixed = b"" if self._quick is None else b"".join(_line(*each) for each in self._quick.headers)

    def on_headers_complete(self) -> None:
        if self._quick is None or not self.url.startswith(ASKED) or not self._answer(self._quick):
            super().on_headers_complete()

    def _answer(self, quick: QuickLookup) -> bool:
        """Whether the request is answered, and over."""
        parser, cycle = self.parser, self.cycle
        if parser.get_method() != b"GET" or parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return False
        if self.pipeline or self.flow.write_paused or not (cycle is None or cycle.response_complete):
            return False
        if parser.should_upgrade() or self.expect_100_continue:
            return False
        made = quick.made(self.headers, self.url[len(ASKED) :])
        if made is None:
            return False
        body, named = made
        own = b"content-length: %d\r\nx-request-id: %b\r\n\r\n" % (len(body), named)
        self.transport.write(b"".join((STATUS, self._default(), self._fixed, own, body)))
        self.cycle = ANSWERED
        self.on_response_complete()
        return True

    def _default(self) -> bytes:
        """The server's own headers: a new list each second, for the date in it."""
        headers = self.server_state.default_headers
        if self._told is not headers:
            self._told, self._lines = headers, b"".join(_line(*each) for each in headers)
        return self._lines


def _line(name: bytes, value: bytes) -> bytes:
    return b"%b: %b\r\n" % (name, value)
