"""How a message is signed (Standard Webhooks), where it may go, and when it is tried again."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from app.errors import InputError

TRIES = 10
FIRST_WAIT = timedelta(seconds=10)
FACTOR = 4
LONGEST_WAIT = timedelta(hours=12)
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


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When a message that failed so many times is tried again; None: never, it is dead."""
    if attempts >= TRIES:
        return None
    return now + min(FIRST_WAIT * FACTOR ** (attempts - 1), LONGEST_WAIT)


def sign(secret: str, uid: str, moment: datetime, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`. Raises InputError for no secret."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise InputError("the secret of a subscription is base64 after whsec_") from None
    stamp = str(int(moment.timestamp()))
    made = hmac.new(key, f"{uid}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = base64.b64encode(made).decode()
    return {"webhook-id": uid, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}


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
