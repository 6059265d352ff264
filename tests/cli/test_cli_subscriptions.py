"""`onegrid subscriptions`, `whistles`, `objects` and `notices` told to a real receiver."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import shapely
from published import publish
from receiver import receiving
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import make_engine

Onegrid = Callable[..., Any]
PAIR = np.array([shapely.box(-77.02, 38.9, -77.01, 38.91), shapely.box(-77.01, 38.9, -77.0, 38.91)], dtype=object)
A_NOTICE = """
    WITH plan AS (
        INSERT INTO plans (name, crs, seed, created_by, status)
        VALUES ('spring', 'x', 1, 'test', 'divided') RETURNING id)
    INSERT INTO notices (plan_id, plan_version, department, valid_from, counts, lists, given_by, given_at)
    SELECT id, 0, 'ddot', now(), '{"grids_lost": 1}', '{"grids_lost": [{"code": "1", "share": 0.5, "old": ["a/1"]}]}',
           'test', now() FROM plan RETURNING id
"""


def test_from_a_whistle_to_the_receiver(
    onegrid: Onegrid, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(database)
    with Session(engine) as session:
        publish(session, "unified", ["1", "2"], PAIR)
        notice = session.execute(text(A_NOTICE)).scalar_one()
        session.commit()
    engine.dispose()
    monkeypatch.setenv("ONEGRID_WEBHOOK_LOCAL", "true")

    with receiving() as receiver:
        onegrid("subscriptions", "add", receiver.url, "--types", "case.*,notice.*")
        event = onegrid("events", "report", "-77.015", "38.905", "--seen")["id"]
        onegrid("events", "step", event, "file")
        called = onegrid("whistles", "call", event, "police", "fire", "--within", "30")
        assert [row["department"] for row in called] == ["police", "fire"]
        onegrid("notices", "object", notice, "--reason", "our depot", "--about", "1")
        assert onegrid("subscriptions", "deliver") == {"delivered": 4, "failed": 0}
        types = [body["type"].removeprefix("onegrid.") for body in receiver.bodies]
        assert types == ["case.created", "case.whistled", "case.whistled", "notice.objected"]
    assert [row["calls"] for row in onegrid("whistles", "figures")] == [1, 1]
    onegrid("notices", "show", notice, "--out", tmp_path / "notice.xlsx")
    assert openpyxl.load_workbook(tmp_path / "notice.xlsx").sheetnames == ["减少的网格", "onegrid"]
    watched = onegrid("objects", "put", "business:A1", "--event", event)
    assert (watched["key"], watched["level"]) == ("business:A1", "green")
