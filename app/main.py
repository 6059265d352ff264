"""The HTTP application: create_app(settings) -> FastAPI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial

from fastapi import APIRouter, FastAPI
from sqlalchemy import Engine
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app import __version__, db, logs
from app.api import documentation, health, page, problems, runs
from app.api.accounts import audit, keys, sign_in, users
from app.api.callers import Callers, cookie_name, finder
from app.api.cases import calendars, events, notices, objects, public_reports, route, subscriptions, whistles
from app.api.dependencies import Transaction
from app.api.duties import duties, matters, plan_matrix
from app.api.limits import BodyLimit
from app.api.lookup import lookup
from app.api.lookup.quick_lookup import QuickLookup
from app.api.middleware import Compression, Requests, SecurityHeaders, security_headers
from app.api.networks import checks, editions, layers, networks, public_map, tiles
from app.api.plans import (
    borders,
    consultations,
    plan_candidates,
    plan_comparison,
    plan_edits,
    plan_replay,
    plan_report,
    plan_tiles,
    plans,
)
from app.api.scores import appeals, scores
from app.api.staff import departments, posts, staff, staff_lists, staff_transfers
from app.replica import Replica
from app.services.lookup.lookup_index import Lookup
from app.services.plans.plan_workspaces import Workspaces
from app.settings import Settings, get_settings
from app.store.lookup.notices import ChangeNotices

ROUTERS: tuple[APIRouter, ...] = (  # asked in this order for each request: what is asked most comes first
    lookup.router,
    events.router,
    route.router,
    tiles.router,
    networks.router,
    editions.router,
    layers.router,
    checks.router,
    plans.router,
    plan_candidates.router,
    plan_comparison.router,
    borders.router,
    plan_edits.router,
    plan_tiles.router,
    plan_replay.router,
    plan_report.router,
    consultations.router,
    matters.router,
    plan_matrix.router,  # before the routes of one duty: /duties/audit is no number of a line
    duties.router,
    departments.router,
    staff_lists.router,
    staff_transfers.router,
    staff.router,
    posts.router,
    calendars.router,
    whistles.router,
    objects.router,
    notices.router,
    subscriptions.router,
    scores.router,
    appeals.router,
    public_reports.router,
    public_map.router,
    consultations.public,
    runs.router,
    users.router,
    keys.router,
    sign_in.router,
    audit.router,
    health.router,
    page.router,
)
PROBLEM = {"description": "A problem document (RFC 9457).", "content": {problems.MEDIA_TYPE: {}}}


class Application(FastAPI):
    """FastAPI, and plain look-ups answered before it sets to work."""

    quick: QuickLookup | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.quick is None or not await self.quick.answer(scope, send):
            await super().__call__(scope, receive, send)


def create_app(
    settings: Settings | None = None, *, engine: Engine | None = None, transaction: Transaction | None = None
) -> FastAPI:
    """The application on the deployment's database.

    `transaction` opens the units of work instead of `app.db.transaction` on `engine`; tests hand one in that is
    rolled back. On `app.state`: settings, transaction, callers, workspaces (plans being edited), and `readiness`, a
    dict of name → function that says whether something that `/readyz` waits for is loaded.
    """
    settings = settings or get_settings()
    app = Application(
        title="OneGrid",
        version=__version__,
        description="Overlapping grid networks, merged, re-divided, published and looked up (多网合一).",
        telemetry={"tracing": False, "metrics": False, "logs": False},  # /metrics has them; its look costs each request
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        middleware=_middleware(settings),
        responses={"default": PROBLEM},
    )
    app.state.settings = settings
    app.state.transaction = transaction or partial(db.transaction, engine)
    app.state.replica = Replica(app.state.transaction, _replica(settings), settings.read_lag_limit_s)
    app.state.workspaces = Workspaces()
    app.state.lookup = Lookup(app.state.replica.surviving)
    # What a test hands in is one connection: nothing may use it behind the requests' backs.
    app.state.keeps_fresh = transaction is None
    find = finder(app.state.replica.surviving)
    app.state.callers = Callers(find, cookie_name(settings), asks_ahead=app.state.keeps_fresh)
    app.state.notices = ChangeNotices(engine or db.get_engine()) if app.state.keeps_fresh else None
    app.state.readiness = {"lookup": lambda: app.state.lookup.is_ready} if app.state.keeps_fresh else {}
    app.quick = QuickLookup(settings, app.state.lookup, app.state.callers)
    problems.register(app)
    documentation.register(app)
    for router in ROUTERS:
        app.include_router(router)
    page.register(app)
    return app


def _replica(settings: Settings) -> Transaction | None:
    url = settings.database_read_url
    return None if url is None else partial(db.transaction, db.make_engine(db.with_driver(url)))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    logs.configure(app.state.settings.log_format)
    with app.state.lookup.watching(app.state.notices) if app.state.keeps_fresh else nullcontext():
        yield


def _middleware(settings: Settings) -> list[Middleware]:
    """From the outside in. Errors of all but the first three get the headers and the log line of any answer."""
    proxies = [Middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)]
    cors = [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"],
            expose_headers=["Location", "Retry-After", "X-Request-ID"],
        )
    ]
    return [
        *(proxies if settings.trusted_proxies else []),
        Middleware(SecurityHeaders, headers=security_headers(settings)),
        Middleware(Compression),
        *(cors if settings.cors_origins else []),
        Middleware(Requests),
        Middleware(BodyLimit, settings=settings),
    ]
