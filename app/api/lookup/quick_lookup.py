"""GET /api/v1/lookup without the framework's machinery, for questions as other systems ask them.

A plain question with a key that is known, about editions in memory, is answered here, from the same function as the
route in lookup.py. Whatever is not plain goes on to that route, which reads it in full, asks the database who calls and
says what is wrong: there is one wording of each refusal.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from urllib.parse import unquote_plus

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.middleware import TEMPLATE
from app.api.moments import moment
from app.errors import OneGridError
from app.rules.accounts.personal_data import sees_people
from app.services.lookup.lookup import AnswerRules, PointQuery, editions_asked, lookup_point
from app.settings import Settings

PATH = "/api/v1/lookup"
FIELDS = frozenset({"lon", "lat", "crs", "at", "as_known_at", "accuracy_m", "network"})
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
JSON = (b"content-type", b"application/json")
BEARER = "bearer "


class QuickLookup:
    """Answers what it can and leaves the rest to `app`."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        zone, limit = settings.time_zone, settings.nearest_limit_m
        self._rules = {plain: AnswerRules(zone, limit, plain) for plain in (False, True)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET"
        body = self._answer(scope) if asked else None
        if body is None:
            return await self.app(scope, receive, send)
        scope[TEMPLATE] = PATH
        headers = [JSON, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        return await send({"type": "http.response.body", "body": body})

    def _answer(self, scope: Scope) -> bytes | None:
        scopes = self._scopes(scope)
        lookup = scope["app"].state.lookup
        if scopes is None or not lookup.is_ready:
            return None
        try:
            query = read_query(scope["query_string"], self.settings)
            if query is None or not lookup.is_loaded(editions_asked(lookup, query).values()):
                return None
            return orjson.dumps(lookup_point(lookup, query, self._rules[sees_people(scopes)]))
        except OneGridError:  # a refusal is worded by the route
            return None

    def _scopes(self, scope: Scope) -> frozenset[str] | None:
        """What the caller may do; None when that is not certain from memory, or not enough."""
        key = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                key = value.decode("latin-1")
            elif name == b"cookie":
                return None
        if key is None:
            return frozenset({"lookup"}) if self.settings.public_lookup else None
        identity = None
        if key[: len(BEARER)].lower() == BEARER:
            identity = scope["app"].state.callers.remembered(key[len(BEARER) :].strip())
        if identity is None or "lookup" not in identity.scopes:
            return None
        scope["state"]["caller"] = identity.name
        return identity.scopes


def read_query(raw: bytes, settings: Settings) -> PointQuery | None:
    """The question of a query string; None when it is not a plain one."""
    values: dict[str, str] = {}
    for part in raw.decode("latin-1").split("&"):
        name, _, value = part.partition("=")
        if name not in FIELDS or name in values or not value or not value.isascii():
            return None
        values[name] = unquote_plus(value) if "%" in value or "+" in value else value
    lon, lat, accuracy = (_number(values.get(name)) for name in ("lon", "lat", "accuracy_m"))
    if lon is None or lat is None or ("accuracy_m" in values and (accuracy is None or accuracy < 0.0)):
        return None
    return PointQuery(
        lon,
        lat,
        values.get("crs", "wgs84"),
        moment(values.get("at"), settings),
        moment(values.get("as_known_at"), settings),
        accuracy,
        _names(values.get("network", "")),
    )


@lru_cache(maxsize=256)
def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _number(text: str | None) -> float | None:
    if text is None or not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
