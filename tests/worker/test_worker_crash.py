"""kill -9 in the middle of an import, a consolidation, a division and a publish: nothing half, and taken up again.

The moment is exact, not timed: the test holds a lock on the audit trail, where every step writes last, so a killed
step has stored everything but its end.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from cities import squares, write
from forked_worker import forked_worker
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import OperationalError

from app import cluster, db, worker
from app.db import make_engine
from app.models.editions import Edition
from app.models.grids import Grid
from app.models.layers import Layer
from app.models.plans import Piece, PlanGrid
from app.rules.accounts.access import SCOPES, Caller
from app.services import runs
from app.services.networks import networks
from app.services.plans import plans
from app.services.progress import Progress, silent
from app.settings import Settings
from app.store import runs as store
from app.store.plans import plans as plans_store

PLANNER = Caller("user:planner", frozenset(SCOPES))
WATCH_S = 0.05
PATIENCE = 6000  # looks of WATCH_S each
BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'audit'::regclass"


@pytest.fixture
def own(project: Path) -> Iterator[Settings]:
    """A cluster of this test's own, migrated: it will be killed."""
    root = Path("/tmp") / f"onegrid-crash-{os.getpid()}"
    root.mkdir(mode=0o755)
    settings = Settings(var_dir=root / "var", database_url=None)
    engine = make_engine(cluster.start(settings))
    with engine.connect() as connection:
        config = Config(str(project / "alembic.ini"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()
    yield settings
    cluster.stop(settings)
    shutil.rmtree(root)


def a_worker(settings: Settings) -> AbstractContextManager[BaseProcess]:
    return forked_worker({"ONEGRID_VAR_DIR": str(settings.var_dir)})


def until(process: BaseProcess, reached: Callable[[], bool]) -> None:
    """Wait, as long as the process lives, for something it does."""
    for _ in range(PATIENCE):
        if reached():
            return
        process.join(WATCH_S)
        if process.exitcode is not None:
            pytest.fail(f"the worker ended with {process.exitcode}")
    pytest.fail("the worker did not get there")


def blocked(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(text(BLOCKED)))


def ended(engine: Engine, run_id: int) -> bool:
    with db.transaction(engine) as session:
        return store.get(session, run_id).status in store.ENDED


def request(engine: Engine, kind: str, parameters: dict[str, Any]) -> int:
    with db.transaction(engine) as session:
        return runs.request(session, PLANNER, kind, parameters).id


def now(engine: Engine, kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return worker.run_now(engine, PLANNER, kind, parameters, silent())


def rows(engine: Engine) -> dict[str, int]:
    with db.transaction(engine) as session:
        tables = (Edition, Grid, Layer, Piece, PlanGrid)
        return {t.__tablename__: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def kill_when_blocked(settings: Settings, engine: Engine, victim: str) -> None:
    with engine.connect() as holder:
        holder.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
        with a_worker(settings) as process:
            until(process, lambda: blocked(engine))
            if victim == "database":
                kill_database(settings)
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL
        with suppress(OperationalError):
            holder.rollback()
    if victim == "database":
        engine.dispose()
        cluster.start(settings)


def taken_up(settings: Settings, engine: Engine, run_id: int) -> tuple[str, int]:
    """Status and attempts once a new worker has finished the run."""
    with a_worker(settings) as process:
        until(process, lambda: ended(engine, run_id))
    with db.transaction(engine) as session:
        run = store.get(session, run_id)
        return run.status, run.attempts


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Boundary files of a small city."""
    made = {"governance": squares(3, 2, 12), "areas": squares(6, 12, 12), "blocks": squares(1, 1, 12, hh=60)}
    return {name: write(tmp_path / f"{name}.geojson", content) for name, content in made.items()}


def steps(files: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("import_network", {"network": "governance", "file": files["governance"], "code_field": "code"}),
        ("consolidate", {"plan": "crash"}),
        ("divide", {"plan": "crash"}),
        ("publish_plan", {"plan": "crash", "valid_from": "2026-12-01T00:00:00+08:00"}),
    ]


def prepare(engine: Engine, files: dict[str, str]) -> None:
    add_network(engine)
    now(engine, "import_layer", {"kind": "areas", "file": files["areas"], "code_field": "code"})
    blocks = {"kind": "blocks", "file": files["blocks"], "code_field": "code", "quantities": {"households": "hh"}}
    now(engine, "import_layer", blocks)


def add_network(engine: Engine) -> None:
    with db.transaction(engine) as session:
        networks.add_network(session, PLANNER, "governance", "governance")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("victim", ["worker", "database"])
def test_a_kill_leaves_nothing_half_and_the_run_is_taken_up_again(
    own: Settings, files: dict[str, str], victim: str
) -> None:
    engine = make_engine(cluster.url(own))
    prepare(engine, files)
    for kind, parameters in steps(files):
        if kind == "consolidate":
            with db.transaction(engine) as session:
                plans.create(session, PLANNER, "crash", ["governance"], areas="areas")
        run_id = request(engine, kind, parameters)
        before = rows(engine)
        kill_when_blocked(own, engine, victim)
        assert rows(engine) == before, kind
        assert taken_up(own, engine, run_id) == ("succeeded", 2), kind
        assert rows(engine) != before, kind
    with db.transaction(engine) as session:
        assert plans_store.get(session, "crash").status == plans_store.PUBLISHED
    engine.dispose()


def kill_database(settings: Settings) -> None:
    """SIGKILL for the server and every process of it that this test started."""
    pid = cluster.status(settings).pid
    assert pid is not None
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def test_who_holds_the_lock_is_not_disturbed(database: str) -> None:
    """A run that somebody executes is not abandoned; one that nobody does is, until it has ended."""
    engine = make_engine(database)
    add_network(engine)
    run_id = request(engine, "import_network", {"network": "governance", "file": "/nonexistent.geojson"})
    with db.transaction(engine) as session:
        assert store.abandoned(session) == [run_id]
    with db.advisory_lock(store.LOCK_SPACE + run_id, engine) as got, db.transaction(engine) as session:
        assert got
        assert store.abandoned(session) == []
        assert worker.execute(engine, run_id) is None
    error = worker.execute(engine, run_id)
    assert "no such file" in str(error)
    with db.transaction(engine) as session:
        assert store.abandoned(session) == []
        assert store.get(session, run_id).status == store.FAILED
    engine.dispose()


def test_a_run_asked_to_stop_undoes_what_it_did(database: str, files: dict[str, str]) -> None:
    engine = make_engine(database)
    add_network(engine)
    run_id = request(engine, *steps(files)[0])
    before = rows(engine)

    def stop(fraction: float, message: str) -> None:
        if message == "checking and repairing":
            with db.transaction(engine) as session:
                runs.cancel(session, PLANNER, run_id)

    worker.execute(engine, run_id, Progress(stop))
    with db.transaction(engine) as session:
        assert store.get(session, run_id).status == store.CANCELLED
    assert rows(engine) == before
    engine.dispose()
