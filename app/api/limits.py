"""How much a request may send: counted while it streams, whatever its Content-Length says."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems
from app.errors import OneGridError, TooLarge, Unauthenticated
from app.services.cases.public_reports import PHOTO_BYTES
from app.settings import Settings

UPLOADS = re.compile(r"/api/v1/((networks/[^/]+|layers|duties|events)/imports|plans/[^/]+/replay)")
TABLES = "/api/v1/lookup/batch"  # CSV and Arrow go to disk and are read a chunk at a time
PHOTOS = "/api/v1/public/case/photos"
PHOTO_FORM_BYTES = PHOTO_BYTES + 64 * 1024  # a photograph and the form around it
STRANGERS_BYTES = 64 * 1024  # FastAPI reads the body before it asks who sends it; strangers must not fill the disk
MIB = 1024 * 1024
BODY_HEADERS = (b"content-length", b"transfer-encoding")


class BodyLimit:
    """413 over the limit; 401 when somebody unknown sends more than a sign-in form takes."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            return await self.app(scope, receive, send)
        takes_photo = self.settings.public_page and scope["path"] == PHOTOS
        limit = PHOTO_FORM_BYTES if takes_photo else self._limit(scope)
        body = _Body(scope, receive, limit, strangers=takes_photo or self.settings.public_lookup)
        try:
            await body.check(_announced(scope))
        except OneGridError as error:
            answer = await problems.on_domain_error(Request(scope), error)
            return await answer(scope, receive, send)
        return await self.app(scope, body.receive, send)

    def _limit(self, scope: Scope) -> int:
        kind = Headers(scope=scope).get("content-type", "").lower()
        multipart = kind.startswith("multipart/form-data")
        upload = multipart and UPLOADS.fullmatch(scope["path"]) is not None
        upload = upload or (scope["path"] == TABLES and not kind.startswith("application/json"))
        return (self.settings.upload_limit_mb if upload else self.settings.body_limit_mb) * MIB


class _Body:
    """The body of one request, counted on its way in."""

    def __init__(self, scope: Scope, receive: Receive, limit: int, *, strangers: bool) -> None:
        self._scope = scope
        self._receive = receive
        self._limit = limit
        self._known = strangers
        self._received = 0

    async def check(self, size: int) -> None:
        """Raises TooLarge, or Unauthenticated for more than a stranger may send."""
        if size > self._limit:
            raise TooLarge(f"the body is over the limit of {self._limit // MIB} MiB", limit_bytes=self._limit)
        if size > STRANGERS_BYTES and not self._known:
            if await self._scope["app"].state.callers.identify(Request(self._scope)) is None:
                raise Unauthenticated("sign in, or send a key as `Authorization: Bearer KEY`")
            self._known = True

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            try:
                await self.check(self._received)
            except OneGridError as error:
                # FastAPI lets only an HTTPException out of the reading of a body; others become its own 400.
                headers = problems.headers_of(error)
                raise HTTPException(problems.kind_of(error).status, error.detail, headers) from error
        return message


def _has_body(scope: Scope) -> bool:
    """Whether the request comes with a body: without either header HTTP/1.1 has none (RFC 9112, section 6.3)."""
    return scope["http_version"] not in ("1.0", "1.1") or any(name in BODY_HEADERS for name, _ in scope["headers"])


def _announced(scope: Scope) -> int:
    """Content-Length; 0 when there is none or it is no number (the server refuses the request then)."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0
