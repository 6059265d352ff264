"""Tables whose rows say what they are about: lead, person and deadline as one event at a time gets them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from routed_town import ALL, FRIDAY, INSIDE, RULES, add_component, build, duty, hold, look
from sqlalchemy.orm import Session

from app.rules.time.moments import parse_moment
from app.services.cases import event_traces
from app.services.lookup.route_files import RouteOptions, route_file
from app.store.duties import duties as duties_store

KNOWN = ("06010", "07001", "01001", "06013")


@pytest.fixture
def town(session: Session) -> Session:
    """Duties for the whole town, one grid, an owner, at night; posts on both grids."""
    build(session)
    lines = [
        duty("2", "06010", "物业", scope="grid:unified/S001", role="志愿者", replaces=True),
        duty("3", "06010", "夜班", hours="22:00-06:00"),
        duty("4", "01001", "", scope="owner:*"),
        duty("5", "06013", "市政所", limits=[{"amount": 2, "unit": "working_days", "condition": "修复"}]),
    ]
    duties_store.add(session, lines)
    hold(session, "张三", "sanitation_worker", "J001", shift="Mon-Fri 08:00-18:00")
    hold(session, "王五", "grid_chief", "J001")
    hold(session, "赵六", "volunteer", "S001")
    add_component(session, "L1", "水务集团")
    return session


def write(path: Path, rows: int = 160) -> list[dict[str, str]]:
    rng = np.random.default_rng(1)
    made = [
        {
            "id": str(n),
            "lon": repr(float(rng.uniform(112.999, 113.021))),
            "lat": "22.005",
            "at": datetime.fromtimestamp(FRIDAY.timestamp() + float(rng.uniform(0, 4e5)), UTC).isoformat(),
            "code": str(rng.choice([*KNOWN, "", "99999"])),
        }
        for n in range(rows)
    ]
    made[0] |= {"lon": "113.00401", "code": "01001"}
    made[1] |= {"lon": "0", "lat": "0"}
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(made[0]))
        table.writeheader()
        table.writerows(made)
    return made


def test_rows_are_told_what_single_events_are(town: Session, tmp_path: Path) -> None:
    given = write(tmp_path / "in.csv")
    options = RouteOptions(at_field="at", matter_field="code", shows_people=True)
    route_file(look(town), tmp_path / "in.csv", tmp_path / "out.csv", options)
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        routed = list(csv.DictReader(file))
    leads = set()
    for row, told in zip(given, routed, strict=True):
        if told["error"]:
            assert (told["lead"], told["person"], told["deadline"]) == ("", "", "")
            continue
        at = parse_moment(row["at"], "Asia/Shanghai")
        report = replace(INSIDE, lon=float(row["lon"]), at=at, matter=row["code"])
        one = event_traces.preview(town, ALL, look(town), report, RULES, FRIDAY)
        due = next((limit["due_at"] for limit in one["deadlines"]["limits"]), "")
        person = one["person"]["name"] if one["person"] else ""
        assert (told["lead"], told["person"], told["deadline"]) == (one["owner"], person, due), json.dumps(row)
        leads.add(told["lead"])
    assert routed[1]["error"]
    assert routed[0]["lead"] == "水务集团"
    assert {"环卫所", "物业", "夜班", "市政所", "居委会", "街道办", "属地兜底"} <= leads


def test_without_a_matter_the_chief_leads_as_before(town: Session, tmp_path: Path) -> None:
    write(tmp_path / "in.csv", 5)
    route_file(look(town), tmp_path / "in.csv", tmp_path / "out.csv", RouteOptions(at=FRIDAY, shows_people=True))
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        assert {row["deadline"] for row in csv.DictReader(file)} == {""}
