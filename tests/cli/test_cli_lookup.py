"""`onegrid lookup` and `onegrid route`, on the test's own transaction."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import shapely
from published import publish
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from app import db
from app.cli import app, context
from app.cli.lookup import route
from app.errors import FileError, InputError, NotFound
from app.services.lookup import route_parts

Run = Callable[..., Result]
PAIR = np.array([shapely.box(-77.02, 38.9, -77.01, 38.91), shapely.box(-77.01, 38.9, -77.0, 38.91)], dtype=object)


@pytest.fixture
def onegrid(session: Session, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`onegrid("lookup", "-77", "39")` over two grids; a domain error is raised, as `main` would see it."""
    monkeypatch.setattr(context, "transaction", partial(db.transaction, session.connection()))
    publish(session, "civil", ["1", "2"], PAIR)

    def run(*arguments: object, code: int = 0) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return run


def test_a_point_west_of_greenwich_needs_no_tricks(onegrid: Run) -> None:
    answer = json.loads(onegrid("lookup", "-77.015", "38.905", "--json").stdout)
    assert [grid["code"] for grid in answer["grids"]] == ["1"]
    assert "civil" in onegrid("lookup", "-77.01", "38.905").stdout
    assert "on the border" in onegrid("lookup", "-77.01", "38.905", "--network", "civil").stdout
    assert "nearest: civil 2" in onegrid("lookup", "-76.999", "38.905").stdout


def test_options_of_a_look_up(onegrid: Run) -> None:
    answer = json.loads(
        onegrid(
            "lookup", "-77.01001", "38.905", "--crs", "cgcs2000", "--at", "2026-11-21", "--accuracy", "3", "--json"
        ).stdout
    )
    assert answer["at"] == "2026-11-21T00:00:00+08:00"
    assert answer["point"]["input_crs"] == "cgcs2000"
    assert answer["grids"][0]["ambiguous"]
    with pytest.raises(NotFound):
        onegrid("lookup", "-77.015", "38.905", "--network", "police")
    with pytest.raises(InputError, match="swapped"):
        onegrid("lookup", "38.905", "-77.015")
    onegrid("lookup", "-77.015", code=2)
    onegrid("lookup", "-77.015", "38.905", "--acuracy", "3", code=2)


def test_route_writes_the_rows_and_says_what_it_did(onegrid: Run, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("id,lon,lat\n007,-77.015,38.905\n008,-77.01,38.905\n009,,\n")
    said = onegrid("route", tmp_path / "events.csv", "-o", tmp_path / "out.csv", "--network", "civil").stdout
    assert (tmp_path / "out.csv").read_text() == (
        "id,lon,lat,civil_grid,civil_boundary,error\n007,-77.015,38.905,1,false,\n008,-77.01,38.905,1,true,\n"
        "009,,,,,the coordinates are not two numbers\n"
    )
    assert "fields lon and lat (guessed)" in said
    assert "0 rows outside every grid, 1 with an error" in said
    assert "row 3: the coordinates are not two numbers" in said


def test_route_as_json(onegrid: Run, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("a,b,t\n38.905,-77.015,2026-11-21\n")
    report = json.loads(
        onegrid(
            "route", tmp_path / "events.csv", "-o", tmp_path / "out.parquet", "--lon-field", "b", "--lat-field", "a",
            "--at-field", "t", "--json",
        ).stdout
    )  # fmt: skip
    assert (report["rows"], report["errors"], report["networks"]["civil"]["owned"]) == (1, 0, 1)
    assert report["fields"] == {"lon": "b", "lat": "a", "at": "t", "guessed": False}


def test_route_refuses_what_it_cannot_read(onegrid: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        onegrid("route", tmp_path / "none.csv", "-o", tmp_path / "out.csv")
    (tmp_path / "events.csv").write_text("lon,lat\n1,2\n")
    with pytest.raises(FileError, match="one of"):
        onegrid("route", tmp_path / "events.csv", "-o", tmp_path / "out.xlsx")
    with pytest.raises(FileError, match="cannot be written"):
        onegrid("route", tmp_path / "events.csv", "-o", tmp_path / "nowhere" / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]


def test_route_by_dask_writes_a_folder(onegrid: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What workers do is tested in tests/services/test_services_route_dask.py."""
    asked: list[str | None] = []

    def engine(scheduler: str | None) -> route_parts.Engine:
        asked.append(scheduler)
        return route_parts.local_engine

    monkeypatch.setattr(route, "dask_engine", engine)
    (tmp_path / "events.csv").write_text("lon,lat\n-77.015,38.905\n")
    by_dask = ("route", tmp_path / "events.csv", "--engine", "dask", "-o")
    onegrid(*by_dask, tmp_path / "one")
    onegrid(*by_dask, tmp_path / "other", "--scheduler", "tcp://10.0.0.1:8786")
    assert asked == [None, "tcp://10.0.0.1:8786"]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["manifest.json", "part-00000.csv"]
    with pytest.raises(InputError, match="name one without a suffix, out"):
        onegrid(*by_dask, tmp_path / "out.csv")
    alone = ("route", tmp_path / "events.csv", "-o", tmp_path / "out.csv", "--scheduler", "tcp://10.0.0.1:8786")
    assert "--engine dask" in onegrid(*alone, code=2).output
