"""`onegrid events` and `onegrid calendars` on a database of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
import shapely
from published import publish
from sqlalchemy.orm import Session

from app.db import make_engine

PAIR = np.array([shapely.box(-77.02, 38.9, -77.01, 38.91), shapely.box(-77.01, 38.9, -77.0, 38.91)], dtype=object)
Command = Callable[..., CompletedProcess[str]]
Run = Callable[..., Any]


@pytest.fixture
def onegrid(command: Command, database: str) -> Run:
    """`onegrid("events", "list")`; the JSON that it prints, or what it says on stderr with another `code`."""
    engine = make_engine(database)
    with Session(engine) as session:
        publish(session, "unified", ["1", "2"], PAIR)
    engine.dispose()

    def run(*arguments: object, code: int = 0) -> Any:
        done = command(*arguments, "--json")
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr if code else json.loads(done.stdout)

    return run


def test_an_event_on_the_command_line(onegrid: Run, tmp_path: Path) -> None:
    assert onegrid("events", "last-resort", "ward office") == [{"area": "", "department": "ward office"}]
    made = onegrid("events", "report", "-77.015", "38.905", "--external-id", "A-1", "--seen")
    again = onegrid("events", "report", "-77.015", "38.905", "--external-id", "A-1", "--seen")
    assert (made["owner"], made["grid"], again["id"]) == ("ward office", "1", made["id"])
    number = made["id"]
    assert onegrid("events", "step", number, "file")["status"] == "filing"
    assert "close 结案 is not possible" in onegrid("events", "step", number, "close", code=1)
    picture = tmp_path / "pothole.jpg"
    picture.write_bytes(b"picture")
    kept = onegrid("events", "attach", number, picture, "--of", "before")
    assert kept["size"] == 7
    assert (tmp_path / "var" / "attachments" / kept["sha256"][:2] / kept["sha256"]).read_bytes() == b"picture"
    onegrid("events", "step", number, "dispatch", "--receiver", "ddot", "--attachment", kept["id"])
    assert [each["holder"] for each in onegrid("events", "list", "--status", "open")] == ["ddot"]
    assert [each["action"] for each in onegrid("events", "show", number)["trail"]] == ["collect", "file", "dispatch"]
    assert onegrid("events", "moves") == []
    assert onegrid("events", "tick") == {"warn": 0, "overdue": 0, "escalate": 0}


def test_calendars_on_the_command_line(onegrid: Run) -> None:
    asked = ("calendars", "due", "4 工作时", "--start", "2026-11-20T11:00:00+08:00")
    assert onegrid(*asked)["due_at"] == "2026-11-20T17:00:00+08:00"
    assert "2027" in onegrid("calendars", "due", "1 工作日", "--start", "2026-12-31", code=1)
    onegrid("calendars", "year", "2027", "--source", "test", "--off", "2027-01-01..2027-01-02")
    assert onegrid("calendars", "due", "1 工作日", "--start", "2026-12-31")["due_at"] == "2027-01-04T18:00:00+08:00"
    onegrid("calendars", "set", "00:00-24:00", "--department", "fire", "--weekdays", "0,1,2,3,4,5,6", "--no-holidays")
    assert onegrid(*asked, "--department", "fire")["due_at"] == "2026-11-20T15:00:00+08:00"
    onegrid("calendars", "day", "2026-11-20", "--off", "--name", "flood")
    assert onegrid(*asked)["due_at"] == "2026-11-23T12:00:00+08:00"
    assert len(onegrid("calendars", "list")["calendars"]) == 2
