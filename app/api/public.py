"""What the routes under /api/v1/public share: open to everybody where the deployment has a public page, else not there;
counted for each address."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Header, Request

from app.api.dependencies import PUBLIC, Now, client_address, request_id
from app.errors import NotFound
from app.rules.accounts.access import Caller
from app.services.accounts import public_access
from app.services.accounts.public_access import What

PREFIX = "/api/v1/public"


async def everybody(request: Request) -> Caller:
    """Whoever asks, without a scope; a key or cookie that comes along is not looked at. Raises NotFound where the
    deployment has no public page."""
    if not request.app.state.settings.public_page:
        raise NotFound("this deployment has no public page")
    request.state.caller = PUBLIC
    return Caller(PUBLIC, frozenset(), client_address(request), request_id(request))


Everybody = Annotated[Caller, Depends(everybody)]


def counted(what: What) -> Any:
    """A dependency of a route: one request of this kind, counted before anything is done and whatever comes of it."""

    def count(request: Request, caller: Everybody, now: Now) -> None:
        with request.app.state.transaction() as session:
            public_access.count(session, caller.origin, what, now)

    return Depends(count)


FollowCode = Annotated[str, Header(alias="Follow-Code", description="What the report answered; not part of an address, "
                                   "which logs and histories keep.", max_length=100)]  # fmt: skip
OnceKey = Annotated[
    str,
    Header(alias="Idempotency-Key", description="A random UUID: names one report or comment.", max_length=255),
]
