"""/healthz: the process answers; /readyz: it can do its work; /metrics: figures, for administrators' keys."""

from __future__ import annotations

from functools import cache
from typing import Any

from alembic.script import ScriptDirectory
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.orm import Session

from app.api import metrics
from app.api.dependencies import Admin, SessionDep
from app.errors import Unavailable
from app.settings import PROJECT_DIR
from app.store import runs, schema

router = APIRouter(tags=["health"])
OK = "ok"


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers. Asks nothing else, so that a restart of the database restarts no server."""
    return {"status": OK}


@router.get("/readyz")
def readyz(request: Request) -> dict[str, Any]:
    """Database, PostGIS, migrations and whatever must be loaded. 503 with `checks` while something is missing.

    With a replica: how far it is behind; and `reads only` while the primary does not answer and look-ups go on.
    """
    replica = request.app.state.replica
    with replica.surviving() as session:
        checks, reads_only = _database_checks(session), schema.is_replica(session)
    for name, ready in request.app.state.readiness.items():
        checks[name] = OK if ready() else "not loaded yet"
    if any(state != OK for state in checks.values()):
        raise Unavailable(
            "not ready: " + ", ".join(name for name, state in checks.items() if state != OK), checks=checks
        )
    status = "reads only" if reads_only else OK
    return {"status": status, "checks": checks} | ({"replica_lag_s": replica.lag_s()} if replica.is_there else {})


@router.get("/metrics")
def prometheus(session: SessionDep, caller: Admin) -> Response:
    """Figures for Prometheus."""
    return Response(metrics.exposition(runs.count_by_status(session)), media_type=CONTENT_TYPE_LATEST)


def _database_checks(session: Session) -> dict[str, str]:
    has, wants = schema.revision(session), _head()
    postgis = schema.postgis_version(session)
    return {
        "database": OK,
        "postgis": OK if postgis else "the extension is missing",
        "migrations": OK if has == wants else f"at {has}, needs {wants}: onegrid db upgrade",
    }


@cache
def _head() -> str | None:
    return ScriptDirectory(str(PROJECT_DIR / "migrations")).get_current_head()
