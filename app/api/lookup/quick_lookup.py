"""GET /api/v1/lookup without the framework's machinery, for questions as other systems ask them.

A plain question with a key that is known, about editions in memory, is answered here, from the same function as the
route in lookup.py. Whatever is not plain goes on to that route, which reads it in full, asks the database who calls and
says what is wrong: there is one wording of each refusal. So do callers who prefer Chinese: answers here are English.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import unquote_plus

import orjson
from starlette.types import Scope, Send

from app.api import metrics
from app.api.callers import Callers
from app.api.middleware import NO_STORE, new_request_id, request_id, security_headers
from app.api.moments import moment
from app.api.sentences.documents import ENGLISH, headers_of, language_of
from app.errors import OneGridError
from app.rules.accounts.personal_data import sees_people
from app.services.lookup.lookup import AnswerRules, PointQuery, is_in_memory, lookup_point
from app.services.lookup.lookup_index import Lookup
from app.services.lookup.plain_answers import PlainAnswers
from app.settings import Settings

PATH = "/api/v1/lookup"
FIELDS = frozenset({"lon", "lat", "crs", "at", "as_known_at", "accuracy_m", "network"})
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
JSON = (b"content-type", b"application/json")
LANGUAGE = b"accept-language"
SPOKEN = [(name.lower().encode(), value.encode()) for name, value in headers_of(ENGLISH).items()]
Headers = Sequence[tuple[bytes, bytes]]
BROWSERS = frozenset({b"cookie", b"origin"})
QUERY = rb"lon=(-?[0-9]{1,3}(?:\.[0-9]+)?)&lat=(-?[0-9]{1,3}(?:\.[0-9]+)?)(?:&network=([A-Za-z0-9_,-]+))?"
PLAIN = re.compile(QUERY)
REQUEST = re.compile(b"GET %b\\?%b HTTP/1\\.1\r\n(.*)" % (PATH.encode(), QUERY), re.DOTALL)
PUBLIC_SCOPES = frozenset({"lookup"})
HEADS, HEAD_BYTES, END = 1024, 2048, b"\r\n\r\n"


class QuickLookup:
    """Answers what it can; the caller leaves the rest to the framework. It counts its answers, names their requests and
    adds the headers of every answer itself. For the event loop's thread."""

    def __init__(self, settings: Settings, lookup: Lookup, callers: Callers) -> None:
        self._settings, self._lookup, self._callers = settings, lookup, callers
        zone, limit = settings.time_zone, settings.nearest_limit_m
        self._rules = {shown: AnswerRules(zone, limit, shown) for shown in (False, True)}
        self._plain = {shown: PlainAnswers(rules) for shown, rules in self._rules.items()}
        self._observe = metrics.observer("GET", PATH, 200)
        self._heads: dict[bytes, bytes] = {}
        self.headers = [JSON, *SPOKEN, *security_headers(settings), *NO_STORE]
        """What all answers carry beside their length and the request's id."""

    async def answer(self, scope: Scope, send: Send) -> bool:
        """Whether the request was one to answer here, and is answered."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
            return False
        made = self.made(scope["headers"], scope["query_string"])
        if made is None:
            return False
        body, named = made
        own = [(b"content-length", b"%d" % len(body)), (b"x-request-id", named)]
        await send({"type": "http.response.start", "status": 200, "headers": self.headers + own})
        await send({"type": "http.response.body", "body": body})
        return True

    def made(self, headers: Headers, query: bytes) -> tuple[bytes, bytes] | None:
        """Body and request id of the answer to a GET; None for one that is left to the route. `headers`: lower-case."""
        began = time.perf_counter()
        body = self._body(headers, query)
        if body is None:
            return None
        named = request_id(headers).encode()
        self._observe(time.perf_counter() - began)
        return body, named

    def repeated(self, request: bytes) -> tuple[bytes, bytes] | None:
        """As `made`, for the bytes of a request: the answer where they are one plain question and whatever follows its
        first line is the same, to the byte, as in one that was learned."""
        asked = REQUEST.fullmatch(request)
        if asked is None:
            return None
        began = time.perf_counter()
        lon, lat, networks, lines = asked.groups(b"")
        key = self._heads.get(lines)
        scopes = None if key is None else self._scopes_of(key)
        if scopes is None:
            return None
        try:
            body = self._plain_body(scopes, lon, lat, networks)
        except OneGridError:  # a refusal is worded by the route
            return None
        if body is None:
            return None
        self._observe(time.perf_counter() - began)
        return body, new_request_id().encode()

    def learn(self, request: bytes, headers: Headers) -> None:
        """Remember how a request was read that was a message of its own and answered here."""
        asked = REQUEST.fullmatch(request)
        if asked is None or len(request) > HEAD_BYTES or not request.endswith(END):
            return
        named = dict(headers)
        if b"x-request-id" not in named:
            if len(self._heads) >= HEADS:
                self._heads.clear()
            self._heads[asked[4]] = named.get(b"authorization", b"")

    def _body(self, headers: Headers, query: bytes) -> bytes | None:
        scopes, lookup = self._scopes(headers), self._lookup
        if scopes is None or not lookup.is_ready:
            return None
        try:
            if (plain := PLAIN.fullmatch(query)) and (body := self._plain_body(scopes, *plain.groups(b""))):
                return body
            asked = read_query(query, self._settings)
            if asked is None or not is_in_memory(lookup, asked):
                return None
            return orjson.dumps(lookup_point(lookup, asked, self._rules[sees_people(scopes)]))
        except OneGridError:  # a refusal is worded by the route
            return None

    def _plain_body(self, scopes: frozenset[str], lon: bytes, lat: bytes, networks: bytes) -> bytes | None:
        return self._plain[sees_people(scopes)].body(self._lookup, float(lon), float(lat), _names(networks))

    def _scopes(self, headers: Headers) -> frozenset[str] | None:
        """What the caller may do; None when that is not certain from memory, not enough, or a browser or somebody asks
        who is to be answered in Chinese."""
        key = b""
        for name, value in headers:
            if name == b"authorization":
                key = value
            elif name in BROWSERS or (name == LANGUAGE and _language(value) != ENGLISH):
                return None
        return self._scopes_of(key)

    def _scopes_of(self, key: bytes) -> frozenset[str] | None:
        if not key:
            return PUBLIC_SCOPES if self._settings.public_lookup else None
        identity = self._callers.remembered(key)
        return identity.scopes if identity is not None and "lookup" in identity.scopes else None


def read_query(raw: bytes, settings: Settings) -> PointQuery | None:
    """The question of a query string; None when it is not a plain one."""
    values: dict[str, str] = {}
    for part in raw.decode("latin-1").split("&"):
        name, _, value = part.partition("=")
        if name not in FIELDS or name in values or not value or not value.isascii():
            return None
        values[name] = unquote_plus(value) if "%" in value or "+" in value else value
    lon, lat, accuracy = _number(values.get("lon")), _number(values.get("lat")), None
    if lon is None or lat is None:
        return None
    if "accuracy_m" in values:
        accuracy = _number(values["accuracy_m"])
        if accuracy is None or accuracy < 0.0:
            return None
    return PointQuery(
        lon,
        lat,
        values.get("crs", "wgs84"),
        moment(values.get("at"), settings),
        moment(values.get("as_known_at"), settings),
        accuracy,
        _names(values.get("network", "").encode()),
    )


@lru_cache(maxsize=256)
def _language(accepted: bytes) -> str:
    return language_of(accepted.decode("latin-1"))


@lru_cache(maxsize=256)
def _names(text: bytes) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.decode().split(",") if name.strip())


def _number(text: str | None) -> float | None:
    if text is None or not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
