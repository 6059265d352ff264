"""How a message is signed (Standard Webhooks), where it may go, and when it is tried again."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from app.errors import InputError

TRIES = 10
FIRST_WAIT = timedelta(seconds=10)
FACTOR = 4
LONGEST_WAIT = timedelta(hours=12)
OVERLOADED = (429, 503)
"""Answers whose Retry-After speaks of the receiver, not of the message: RFC 6585 section 4, RFC 9110 section 15.6.4."""
SECRET_PREFIX = "whsec_"
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
PORTS = {"http": 80, "https": 443}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Target:
    """An address on the web, taken apart. `path` has the query; `netloc` is what the Host header says."""

    scheme: str
    host: str
    port: int
    netloc: str
    path: str


def next_try(attempts: int, now: datetime, asked: timedelta | None = None) -> datetime | None:
    """When a message that failed so many times is tried again; None: never, it is dead. `asked`: how long the receiver
    wants to be left alone, which is heeded where it is longer, up to LONGEST_WAIT."""
    if attempts >= TRIES:
        return None
    own = min(FIRST_WAIT * FACTOR ** (attempts - 1), LONGEST_WAIT)
    return now + max(own, min(asked or own, LONGEST_WAIT))


def asked_wait(retry_after: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After asks for (RFC 9110 section 10.2.3: seconds or a date), at most LONGEST_WAIT; None where it is
    missing, past, or no such thing."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=int(text[:9]))
    else:
        try:
            until = parsedate_to_datetime(text)
        except ValueError:
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(wait, LONGEST_WAIT) if wait > timedelta(0) else None


def sign(secrets: Sequence[str], uid: str, moment: datetime, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, one signature for each secret with
    a blank between them. Raises InputError for no secret."""
    stamp = str(int(moment.timestamp()))
    said = f"{uid}.{stamp}.".encode() + body
    made = (hmac.new(_key(secret), said, hashlib.sha256).digest() for secret in secrets)
    signature = " ".join(f"v1,{base64.b64encode(each).decode()}" for each in made)
    return {"webhook-id": uid, "webhook-timestamp": stamp, "webhook-signature": signature}


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise InputError("the secret of a subscription is base64 after whsec_") from None


def parse_target(url: str) -> Target:
    """Raises InputError for all but http and https with a host and without a name and password inside."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"{url!r} is no address: {error}") from None
    if parts.scheme not in PORTS or not host:
        raise InputError(f"{url!r}: a webhook goes to http://HOST/… or https://HOST/…")
    if parts.username is not None or parts.password is not None:
        raise InputError("an address with a name or password inside would be shown in lists: leave them out")
    if any(ord(letter) <= 0x20 or ord(letter) == 0x7F for letter in url.strip()):
        raise InputError("an address has no blanks or control characters")
    netloc = f"[{host}]" if ":" in host else host
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], netloc + (f":{port}" if port else ""), path)


def address_problem(text: str, *, local: bool) -> str | None:
    """What an IP address has against it: this machine, its link, nobody's or everybody's. Networks of an organisation
    (10/8, 192.168/16 …) are where receivers are. `local`: this machine and its link are allowed."""
    found = _plain(ipaddress.ip_address(text.partition("%")[0]))
    if found.is_unspecified or found.is_multicast or (found.is_reserved and not found.is_loopback):
        return f"{found} is no address of a receiver"
    if found.is_loopback and not local:
        return f"{found} is this machine itself"
    if found.is_link_local and not local:
        return f"{found} is of this machine's link, where clouds keep their secrets"
    return None


def _plain(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one: it is what a connection reaches."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
