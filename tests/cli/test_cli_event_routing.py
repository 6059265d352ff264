"""`onegrid events route | import | trace` and `onegrid matters suggest` on a database of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from published import publish
from sqlalchemy.orm import Session

from app.db import make_engine

Onegrid = Callable[..., Any]
PAIR = np.array([shapely.box(113, 22, 113.01, 22.01), shapely.box(113.01, 22, 113.02, 22.01)], dtype=object)


def test_events_are_routed_taken_in_and_explained(onegrid: Onegrid, database: str, tmp_path: Path) -> None:
    engine = make_engine(database)
    with Session(engine) as session:
        publish(session, "unified", ["1", "2"], PAIR)
    engine.dispose()

    onegrid("matters", "load")
    assert onegrid("matters", "suggest", "井盖不见了")["matters"][0]["code"] == "01023"
    made = onegrid("events", "route", "113.015", "22.005", "--matter", "06010")
    assert (made["routing"], made["grid"]["code"], made["owner"]) == ("unowned", "2", "属地兜底")
    table = tmp_path / "year.csv"
    table.write_text("number,lon,lat,matter\nA1,113.004,22.005,06010\nA2,500,22,06010\n")
    taken = onegrid("events", "import", table, "--source", "12345", "--fields", "external_id=number")
    assert (taken["taken"], taken["errors"], taken["first_errors"][0]["row"]) == (1, 1, 3)
    event = onegrid("events", "list")[0]["id"]
    assert onegrid("events", "trace", event)["same"] is True
