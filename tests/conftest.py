"""A real PostGIS for every test that needs one: a template database made once, a clone per worker, a rolled-back
transaction per test. `database` gives a clone of its own to tests that must commit (processes, crashes)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app import cluster
from app.db import database_url, make_engine
from app.settings import Settings
from app.spatial.location.warming import warm

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared"
TEMPLATE_LOCK = 7_301_114

hypothesis.settings.register_profile(
    "onegrid",
    derandomize=True,
    deadline=None,
    max_examples=40,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("onegrid")


LONG = ("web", "worker", "cluster")  # folders whose files take half a minute and more


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: with one of them last, one core would be idle until it has ended."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.fixture(scope="session")
def project() -> Path:
    """The checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material beside the checkout; a test that reads it says so where it is not there."""
    if not (SHARED / "data").is_dir():
        pytest.skip("reads ../shared/data, which is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def kernels() -> None:
    """Compiled, before a test makes an application: one that was made before compiles them in a thread of its own, and
    meanwhile numba and FastAPI restore each other's filters of warnings."""
    warm()


@pytest.fixture(scope="session")
def server() -> str:
    """URL of the PostgreSQL server's own database, where test databases are made and dropped."""
    settings = Settings()
    if settings.database_url is None:
        cluster.start(settings)
    return make_url(database_url(settings)).set(database="postgres").render_as_string(hide_password=False)


# not DROP … WITH (FORCE): that fails where autovacuum is at work in the database; a plain DROP sends it away
OWN_CONNECTIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = '{name}' AND usename = current_user AND pid <> pg_backend_pid()"
)


def _on_server(server: str, *statements: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _migrations_hash() -> str:
    files = sorted((PROJECT / "migrations").rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """Name of a migrated, empty database; made once for each state of the migrations."""
    name = f"onegrid_test_template_{_migrations_hash()}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": TEMPLATE_LOCK})
        known = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
        if not known:
            _make_template(server, name)
    engine.dispose()
    return name


def _make_template(server: str, name: str) -> None:
    building = f"{name}_building"
    _on_server(server, f'DROP DATABASE IF EXISTS "{building}"', f'CREATE DATABASE "{building}"')
    engine = make_engine(make_url(server).set(database=building).render_as_string(hide_password=False))
    with engine.connect() as connection:
        config = Config(str(PROJECT / "alembic.ini"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()
    _on_server(server, f'ALTER DATABASE "{building}" RENAME TO "{name}"')


@pytest.fixture
def database(server: str, template: str) -> Iterator[str]:
    """URL of a fresh database of this test's own, for what must really commit."""
    yield from _clone(server, template)


@pytest.fixture(scope="session")
def worker_database(server: str, template: str) -> Iterator[str]:
    """URL of the database that this test process's rolled-back transactions run in."""
    yield from _clone(server, template)


@pytest.fixture(scope="session")
def browser_database(server: str, template: str) -> Iterator[str]:
    """URL of the database that the browser tests of this process share with the server that they start."""
    yield from _clone(server, template)


def _clone(server: str, template: str) -> Iterator[str]:
    name = f"onegrid_test_{os.getpid()}_{uuid4().hex[:8]}"
    _on_server(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _on_server(server, OWN_CONNECTIONS.format(name=name), f'DROP DATABASE IF EXISTS "{name}"')


@pytest.fixture(scope="session")
def engine(worker_database: str) -> Iterator[Engine]:
    made = make_engine(worker_database)
    yield made
    made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose commits are savepoints of a transaction that is rolled back at the end."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as made:
            yield made
        outer.rollback()


@pytest.fixture
def settings(worker_database: str, tmp_path: Path) -> Settings:
    """Settings of a deployment on the test database, with a folder of its own."""
    return Settings(database_url=worker_database, var_dir=tmp_path / "var", log_format="text")
