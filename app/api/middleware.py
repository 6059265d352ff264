"""Around every request: an id, one log line, figures, a last catch for errors, and headers that protect browsers.

Plain ASGI: Starlette's BaseHTTPMiddleware would run each request in a second task and hold streams back.
"""

from __future__ import annotations

import itertools
import logging
import os
import re
import time
from collections.abc import Iterable

import structlog
from fastapi.routing import iter_route_contexts
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import metrics, page, problems
from app.api.packed_files import PackedFiles
from app.settings import Settings

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
COUNTED = frozenset({"/api/v1/lookup"})
"""Asked thousands of times a second: what goes well is counted, and not a line each in the log."""
UNMATCHED = "unmatched"
GONE = 499  # the client went away; nginx' number for it, never sent
HASHED = "/assets/"  # files of the page whose names change with their content
WORTH_PACKING = re.compile(r"/assets/.*|.*\.geojson|/api/v1/plans/\d+/(pieces|grids|borders|lineage|score|matrix)")
# MapLibre runs its worker from a blob; Ant Design and Swagger UI write style elements of their own. {map}: sites that
# the deployment's base map comes from.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:{map}",
        "font-src 'self' data:",
        "connect-src 'self'{map}",
        "worker-src 'self' blob:",
        "child-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would then send `Origin: null` with the sign-in form, and same_origin refuse it.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
}
HSTS = "max-age=31536000; includeSubDomains"
CACHE_CONTROL = b"cache-control"
NO_STORE = [(CACHE_CONTROL, b"no-store")]
NOT_KEPT = ("/api/", "/sign-in", "/metrics")
Headers = list[tuple[bytes, bytes]]
_PROCESS = os.urandom(10).hex()
_numbers = itertools.count(1)
_log = structlog.get_logger("onegrid.access")


def security_headers(settings: Settings) -> Headers:
    """What every answer carries, by lower-case name."""
    policy = CONTENT_POLICY.format(map="".join(f" {origin}" for origin in page.origins(settings)))
    headers = SECURITY_HEADERS | {"Content-Security-Policy": policy}
    if settings.secure_cookies:
        headers["Strict-Transport-Security"] = HSTS
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class SecurityHeaders:
    """Headers on every answer, errors included. What a route sets itself stays."""

    def __init__(self, app: ASGIApp, headers: Headers) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = dict(message["headers"])
                added = [header for header in self.headers if header[0] not in sent]
                if CACHE_CONTROL not in sent:
                    added += _kept(scope["path"], message["status"], sent.get(b"content-type", b""))
                message["headers"] = [*message["headers"], *added]
            await send(message)

        return await self.app(scope, receive, send_with_headers)


def _kept(path: str, status: int, media_type: bytes) -> list[tuple[bytes, bytes]]:
    """How long browsers keep an answer: the page's hashed files for ever, the page itself only when asked again."""
    if path.startswith(NOT_KEPT):
        return NO_STORE
    if path.startswith(HASHED) and status == 200:
        return [(CACHE_CONTROL, b"public, max-age=31536000, immutable")]
    return [(CACHE_CONTROL, b"no-cache")] if media_type.startswith(b"text/html") else []


class Compression:
    """Packs what is large and worth the processor's time: the page's files, where its build has not, and GeoJSON.
    Look-ups go out as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self.plain = app
        self.built = PackedFiles(page.BUILT)
        self.packed = GZipMiddleware(app, minimum_size=2048, compresslevel=4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._way(scope)(scope, receive, send)

    def _way(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http" or WORTH_PACKING.fullmatch(scope["path"]) is None:
            return self.plain
        return self.built if self.built.coding(scope) else self.packed


class Requests:
    """Gives each request an id, logs it, counts it, and turns an error that nobody expected into a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._templates: dict[int, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        named, status, began = request_id(scope["headers"]), 0, time.perf_counter()
        scope.setdefault("state", {})["request_id"] = named

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                kept = [header for header in message["headers"] if header[0] != b"x-request-id"]
                message["headers"] = [*kept, (b"x-request-id", named.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=named), metrics.IN_FLIGHT.track_inprogress():
            try:
                await self.app(scope, receive, send_with_id)
            except ClientDisconnect:
                status = GONE
            except Exception as error:  # the edge: whatever it is, the caller gets a problem document
                answer = problems.unexpected(Request(scope, receive), error)
                if status:  # the answer had begun: all that is left is to break it off
                    raise
                await answer(scope, receive, send_with_id)
            finally:
                self._note(scope, status or GONE, time.perf_counter() - began)
        return None

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Neither query nor address nor token: coordinates and names are people's own business."""
        route = self._template(scope)
        metrics.observe(scope["method"], route, status, seconds)
        quiet = route in QUIET or (route in COUNTED and status == 200)
        if quiet and not _log.is_enabled_for(logging.DEBUG):
            return
        log = _log.debug if quiet else _log.info
        who = scope["state"].get("caller", "")
        log("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1), caller=who)

    def _template(self, scope: Scope) -> str:
        """`/api/v1/users/{name}` rather than the path that was asked for."""
        if not self._templates:
            routes = iter_route_contexts(scope["app"].routes)
            self._templates = {id(route.original_route): route.path or UNMATCHED for route in routes}
        return self._templates.get(id(scope.get("route")), UNMATCHED)


def request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The caller's own id when it is a plain word, so that it can be followed through several systems."""
    for name, value in headers:
        if name == b"x-request-id":
            sent = value.decode("latin-1")
            return sent if REQUEST_ID.fullmatch(sent) else new_request_id()
    return new_request_id()


def new_request_id() -> str:
    """Random for each process and counted in it: asking the system for random bytes costs more than a look-up."""
    return f"{_PROCESS}{next(_numbers):012x}"
