"""Plain look-ups answered where the server has read a request's head: no task, no scope, one write.

Two thirds of what a look-up costs behind ASGI is the way to the application and back (docs/decisions/0007). This is
uvicorn's own protocol with two more questions in it. When the head of a request was read: can `QuickLookup` answer at
once? And before it is read: did a request with the same lines after its first come before? Other systems send the same
lines with every question, and reading them again takes longer than answering. Whatever cannot be answered so, and
whatever is not an ordinary GET on a kept connection, goes its usual way.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.api.lookup.quick_lookup import PATH, QuickLookup

ASKED = f"{PATH}?".encode()
REQUESTED = b"GET " + ASKED
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
        self._is_between = True
        self._begun = 0
        self._answered_s = 0.0
        self._told: object = None
        self._lines = b""
        self._fixed = b"" if self._quick is None else b"".join(_line(*each) for each in self._quick.headers)

    def data_received(self, data: bytes) -> None:
        quick = self._quick
        if quick is None or not self._is_between or not data.startswith(REQUESTED):
            return super().data_received(data)
        if self._is_free() and (made := quick.repeated(data)) is not None:
            return self._answer_unread(*made)
        begun = self._begun
        super().data_received(data)
        if self.cycle is ANSWERED and self._is_between and self._begun == begun + 1:
            quick.learn(data, self.headers)
        return None

    def on_message_begin(self) -> None:
        self._is_between = False
        self._begun += 1
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._is_between = True
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        if self._quick is None or not self.url.startswith(ASKED) or not self._answer(self._quick):
            super().on_headers_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Armed for the first of many look-ups and put off here: a timer for each would cost more than its key."""
        left = self._answered_s + self.timeout_keep_alive - self.loop.time()
        if left > 0.0:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def _is_free(self) -> bool:
        """Whether all that was asked before is answered, and written."""
        cycle = self.cycle
        return not (self.pipeline or self.flow.write_paused) and (cycle is None or cycle.response_complete)

    def _answer(self, quick: QuickLookup) -> bool:
        """Whether the request is answered, and over."""
        parser = self.parser
        if parser.get_method() != b"GET" or parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return False
        if not self._is_free() or parser.should_upgrade() or self.expect_100_continue:
            return False
        made = quick.made(self.headers, self.url[len(ASKED) :])
        if made is None:
            return False
        self._write(*made)
        self.cycle = ANSWERED
        self.on_response_complete()
        return True

    def _answer_unread(self, body: bytes, named: bytes) -> None:
        self._write(body, named)
        self.server_state.total_requests += 1
        self._answered_s = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _write(self, body: bytes, named: bytes) -> None:
        own = b"content-length: %d\r\nx-request-id: %b\r\n\r\n" % (len(body), named)
        self.transport.write(b"".join((STATUS, self._default(), self._fixed, own, body)))

    def _default(self) -> bytes:
        """The server's own headers: a new list each second, for the date in it."""
        headers = self.server_state.default_headers
        if self._told is not headers:
            self._told, self._lines = headers, b"".join(_line(*each) for each in headers)
        return self._lines


def _line(name: bytes, value: bytes) -> bytes:
    return b"%b: %b\r\n" % (name, value)
