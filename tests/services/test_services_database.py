"""Upgrade, backup and restore on a database of the test's own, with PostgreSQL's own programs."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from app.db import make_engine
from app.errors import Conflict, FileError, InputError
from app.services import database as service
from app.settings import Settings


@pytest.fixture
def own(database: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database, var_dir=tmp_path / "var")


def run_sql(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        result = connection.execute(text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def database_names(url: str) -> set[object]:
    return {name for (name,) in run_sql(url, "SELECT datname FROM pg_database")}


def test_backup_and_restore(own: Settings, database: str, tmp_path: Path) -> None:
    """The restored database is the one of the backup: tables, rows, geometry, triggers; nothing is left beside it."""
    run_sql(database, "CREATE TABLE kept AS SELECT ST_Point(1, 2, 4326) AS place")
    shape = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
    triggers = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
    before = [sorted(run_sql(database, query)) for query in (shape, triggers)]
    file = tmp_path / "day.backup"
    made = service.back_up(own, file)
    assert made.size == file.stat().st_size > 10_000
    run_sql(database, "DROP TABLE kept")
    run_sql(database, "CREATE TABLE later (n int)")
    names = database_names(database)
    outcome = service.restore(own, file, replace=True)
    assert (outcome.before, outcome.changed) == (made.revision, False)
    assert run_sql(database, "SELECT ST_AsText(place) FROM kept") == [("POINT(1 2)",)]
    assert [sorted(run_sql(database, query)) for query in (shape, triggers)] == before
    assert database_names(database) == names
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day.backup"]


def test_nothing_is_replaced_unasked(own: Settings, tmp_path: Path) -> None:
    file = tmp_path / "day.backup"
    service.back_up(own, file)
    content = file.read_bytes()
    with pytest.raises(Conflict, match="exists — name another file, or say --yes"):
        service.back_up(own, file)
    assert file.read_bytes() == content
    service.back_up(own, file, replace=True)
    with pytest.raises(Conflict, match="is not empty — say --yes"):
        service.restore(own, file)


def test_restore_waits_for_nobody(own: Settings, database: str, tmp_path: Path) -> None:
    """While somebody is connected the restore is refused, and the present database stays."""
    file = tmp_path / "day.backup"
    service.back_up(own, file)
    names = database_names(database)
    with make_engine(database).connect() as connection:
        connection.execute(text("SELECT 1"))
        with pytest.raises(Conflict, match=r"1 connections are open to .* stop `onegrid serve`"):
            service.restore(own, file, replace=True)
    assert database_names(database) == names


def test_broken_backup_changes_nothing(own: Settings, database: str, tmp_path: Path) -> None:
    """A file that is no backup, and one that was cut off: refused, and the present database stays."""
    run_sql(database, "CREATE TABLE kept AS SELECT repeat(md5(n::text), 100) AS words FROM generate_series(1, 2000) n")
    file = tmp_path / "day.backup"
    service.back_up(own, file)
    names = database_names(database)
    cut = tmp_path / "cut.backup"
    cut.write_bytes(file.read_bytes()[: -file.stat().st_size // 3])
    wrong = tmp_path / "wrong.backup"
    wrong.write_text("district,grid\n")
    with pytest.raises(FileError, match=r"end of file — the present database stays"):
        service.restore(own, cut, replace=True)
    for missing in (wrong, tmp_path / "none.backup"):
        with pytest.raises(InputError):
            service.restore(own, missing, replace=True)
    assert database_names(database) == names
    assert run_sql(database, "SELECT count(*) FROM kept") == [(2000,)]


def test_upgrade_from_nothing_by_two_at_once(own: Settings, database: str) -> None:
    empty = make_url(database).set(database=f"{make_url(database).database}_empty")
    url = empty.render_as_string(hide_password=False)
    run_sql(database, f'CREATE DATABASE "{empty.database}"')
    outcomes: list[service.Upgrade] = []
    engines = [make_engine(url) for _ in range(2)]
    threads = [Thread(target=lambda each=each: outcomes.append(service.upgrade(each))) for each in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.changed for outcome in outcomes) == [False, True]
    assert service.upgrade(engines[0]) == service.Upgrade(outcomes[0].after, outcomes[0].after)
    for each in engines:
        each.dispose()
    run_sql(database, f'DROP DATABASE "{empty.database}" WITH (FORCE)')


def test_tables_of_a_newer_version(own: Settings, database: str) -> None:
    run_sql(database, "UPDATE alembic_version SET version_num = 'from_the_future'")
    engine = make_engine(database)
    with pytest.raises(Conflict, match=r"from_the_future.*update this checkout"):
        service.upgrade(engine)
    engine.dispose()
