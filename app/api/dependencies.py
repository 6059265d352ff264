"""What routes ask for: a session, the caller, a scope, the moment.

Dependencies that do not wait are `async` nevertheless: FastAPI sends each plain one to a thread, which costs more than
it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from sqlalchemy.orm import Session

from app.api.callers import COOKIE, Identity
from app.errors import Forbidden, Unauthenticated
from app.rules.accounts.access import Caller, Scope
from app.settings import Settings

Transaction = Callable[[], AbstractContextManager[Session]]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
PUBLIC = "public"
# These two only describe the ways in, for /docs; Callers reads the headers itself.
_key = HTTPBearer(auto_error=False, description="A key of a machine: `Authorization: Bearer og_…`")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="The cookie that signing in sets")
KeyHeader = Annotated[Any, Security(_key)]
SignInCookie = Annotated[Any, Security(_cookie)]


async def transactions(request: Request) -> Transaction:
    """Opens transactions; for routes whose work is more than one."""
    return request.app.state.transaction


def open_session(request: Request) -> Iterator[Session]:
    """The request's one transaction. Always with `scope="function"`: otherwise the answer leaves before the commit,
    and a commit that fails still answers 200."""
    with request.app.state.transaction() as session:
        yield session


async def reading_transactions(request: Request) -> Transaction:
    """Opens transactions that only read and may be a little behind; for routes whose work is more than one."""
    return request.app.state.replica.reading


def open_reading_session(request: Request) -> Iterator[Session]:
    """One transaction that only reads, on the replica where there is one that keeps up."""
    with request.app.state.replica.reading() as session:
        yield session


async def app_settings(request: Request) -> Settings:
    return request.app.state.settings


async def moment() -> datetime:
    return datetime.now(UTC)


async def caller(request: Request, key: KeyHeader, cookie: SignInCookie) -> Caller:
    """Whoever holds the request's key or cookie. Raises Unauthenticated."""
    identity = await request.app.state.callers.identify(request)
    if identity is None:
        raise Unauthenticated("sign in, or send a key as `Authorization: Bearer KEY`")
    return _admit(request, identity)


async def lookup_caller(request: Request, key: KeyHeader, cookie: SignInCookie) -> Caller:
    """As `caller` with the scope lookup; anybody (as `public`) where the deployment opens look-up and tiles."""
    identity = await request.app.state.callers.identify(request)
    if identity is None and request.app.state.settings.public_lookup:
        return Caller(PUBLIC, frozenset({"lookup"}), client_address(request), request_id(request))
    if identity is None:
        raise Unauthenticated("sign in, or send a key as `Authorization: Bearer KEY`")
    admitted = _admit(request, identity)
    admitted.require("lookup")
    return admitted


def require(scope: Scope) -> Any:
    """A dependency: the caller, who must have `scope`. `Annotated[Caller, require("plan")]`."""

    async def admitted(who: Annotated[Caller, Depends(caller)]) -> Caller:
        who.require(scope)
        return who

    return Depends(admitted)


async def same_origin(request: Request) -> None:
    """The dependency of routes that take a password or a link's token: nobody else's page may sign a browser in."""
    check_origin(request)


def check_origin(request: Request) -> None:
    """Raises Forbidden for a request that a page of another site made the browser send.

    Browsers say where a request comes from (Sec-Fetch-Site; over plain HTTP only Origin) and do not let pages
    change it. A request without either is not from a browser, and a stranger's page cannot have sent it.
    """
    if (site := request.headers.get("sec-fetch-site")) is not None:
        allowed = site in ("same-origin", "none")
    elif (origin := request.headers.get("origin")) is not None:
        known = {request.headers.get("host", ""), urlsplit(request.app.state.settings.address).netloc}
        allowed = urlsplit(origin).netloc in known - {""}
    else:
        allowed = True
    if not allowed:
        raise Forbidden("this request comes from a page of another site; use a key instead of the cookie")


def client_address(request: Request) -> str:
    return request.client.host if request.client else ""


def request_id(request: Request) -> str:
    return getattr(request.state, "request_id", "")


def _admit(request: Request, identity: Identity) -> Caller:
    if identity.by == "cookie" and request.method not in SAFE_METHODS:
        check_origin(request)
    request.state.caller = identity.name
    return Caller(identity.name, identity.scopes, client_address(request), request_id(request))


SessionDep = Annotated[Session, Depends(open_session, scope="function")]
ReadingSession = Annotated[Session, Depends(open_reading_session, scope="function")]
ReadingTransactions = Annotated[Transaction, Depends(reading_transactions)]
Transactions = Annotated[Transaction, Depends(transactions)]
SettingsDep = Annotated[Settings, Depends(app_settings)]
Now = Annotated[datetime, Depends(moment)]
AnyCaller = Annotated[Caller, Depends(caller)]
LookupCaller = Annotated[Caller, Depends(lookup_caller)]
Reader = Annotated[Caller, require("lookup")]
Planner = Annotated[Caller, require("plan")]
Admin = Annotated[Caller, require("admin")]
