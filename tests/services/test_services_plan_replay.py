"""Events through a draft; expected owners by PostGIS (ST_Covers, lowest code), expected counts by hand from those."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from cities import LAT, LON, STEP
from planned_city import PLANNER, SIZE, build, divided, households_in_common, published
from scipy.optimize import linear_sum_assignment
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import Conflict, FileError, InputError, NotFound
from app.models.plans import Plan
from app.rules.time.moments import parse_moment
from app.services.plans import plan_replay, plans
from app.services.progress import silent
from app.store.lookup import lookup as lookup_store
from app.store.plans import plans as store

ZONE = "Asia/Shanghai"
OWNER = text("""
    SELECT code, NOT ST_Contains(geom, ST_Point(:lon, :lat, 4326)) FROM plan_grids
    WHERE plan_id = :plan AND ST_Covers(geom, ST_Point(:lon, :lat, 4326)) ORDER BY code COLLATE "C" LIMIT 1
""")
GOVERNANCE = """
    SELECT g.code, ST_AsBinary(g.geom) FROM grids g JOIN editions e ON e.id = g.edition_id
    JOIN networks n ON n.id = e.network_id WHERE n.code = 'governance'
"""

STORE = text("""
    INSERT INTO events (source, sent_by, request_hash, matter, at, given, uncertainty_m, geom)
    VALUES ('test', 'test', '', :matter, :at, '{}', 0, ST_Point(CAST(:lon AS float), CAST(:lat AS float), 4326))
""")


@pytest.fixture
def city(session: Session, tmp_path: Path) -> Session:
    build(session, tmp_path)
    return session


def events(plan_grids: gpd.GeoDataFrame, count: int = 150) -> list[dict[str, Any]]:
    """Points inside, outside, and on corners and borders of the grids; three months, two matters, one row without a
    place and one without a moment."""
    rng = np.random.default_rng(4)
    places = rng.uniform(-1, SIZE + 1, (count, 2)) * STEP + (LON, LAT)
    corners = shapely.get_coordinates(plan_grids.geometry.to_numpy())
    places[:40] = corners[rng.integers(0, len(corners), 40)]
    rows = [
        {"id": f"e{i}", "lon": repr(float(x)), "lat": repr(float(y)), "at": f"2026-0{3 + i % 3}-10T08:00:00",
         "matter": "01001" if i % 4 else "02003", "note": "路灯, 坏"}
        for i, (x, y) in enumerate(places)
    ]  # fmt: skip
    rows[50]["lon"] = "nowhere"
    rows[51]["at"] = "some day"
    return rows


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as sink:
        table = csv.DictWriter(sink, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return str(path)


def replay(session: Session, plan: Plan, folder: Path, given: list[dict[str, Any]], **order: Any) -> dict[str, Any]:
    file = write(folder / "events.csv", given)
    order = {"plan": plan.name, "file": file, "at_field": "at", "matter_field": "matter", "zone": ZONE, **order}
    return plan_replay.replay_step(session, PLANNER, order, silent())


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def owner(session: Session, plan: Plan, row: dict[str, Any]) -> tuple[str, bool] | None:
    found = session.execute(OWNER, {"plan": plan.id, "lon": float(row["lon"]), "lat": float(row["lat"])}).one_or_none()
    return None if found is None else tuple(found)


def heirs(session: Session, plan: Plan, edition_grids: str, values: dict[str, Any]) -> dict[str, str]:
    """Old grid → the plan's grid that stands for it: the most households in common in all."""
    new = store.grids_frame(session, plan.id)
    rows = session.execute(text(edition_grids), values).all()
    old = np.array(shapely.from_wkb([bytes(row[1]) for row in rows]), dtype=object)
    table = households_in_common(old, new.geometry.to_numpy())
    pairs = zip(*linear_sum_assignment(table, maximize=True), strict=True)
    return {rows[i][0]: new["code"].iloc[j] for i, j in pairs if table[i, j] > 1e-6}


def test_every_event_gets_the_owner_that_the_database_names(city: Session, tmp_path: Path) -> None:
    plan = divided(city, "draft")
    rows = events(store.grids_frame(city, plan.id))
    made = replay(city, plan, tmp_path, rows, network="governance", rows=str(tmp_path / "out.csv"))
    out = read(tmp_path / "out.csv")
    assert [{name: row[name] for name in rows[0]} for row in out] == rows
    heir = heirs(city, plan, GOVERNANCE, {})
    counted: Counter[str] = Counter()
    for row in out:
        if row["error"]:
            assert row["plan_grid"] == row["governance_grid"] == row["changed"] == ""
            counted["errors"] += 1
            continue
        mine = owner(city, plan, row)
        assert (row["plan_grid"], row["plan_boundary"]) == ((mine[0], str(mine[1]).lower()) if mine else ("", "false"))
        at = parse_moment(row["at"], ZONE)
        theirs = lookup_store.locate_sql(city, float(row["lon"]), float(row["lat"]), "governance", at)
        assert row["governance_grid"] == (theirs.code if theirs else "")
        expected = "" if mine is None or theirs is None else str(heir.get(theirs.code) != mine[0]).lower()
        assert row["changed"] == expected
        counted[f"changed {expected}"] += 1
        counted["owned"] += mine is not None
        counted["border"] += bool(mine and mine[1])
    assert counted["border"] > 10
    assert (made["events"], made["errors"], made["owned"]) == (len(rows), counted["errors"], counted["owned"])
    assert counted["errors"] == 2
    assert made["unowned"] == len(rows) - 2 - counted["owned"]
    assert made["on_boundary"] == counted["border"]
    assert made["before"]["changed"] == counted["changed true"]
    assert made["before"]["both"] == counted["changed true"] + counted["changed false"]
    assert made["before"]["network"] == "governance"


def test_loads_months_matters_and_maps_count_the_same_events(city: Session, tmp_path: Path) -> None:
    plan = divided(city, "draft")
    rows = events(store.grids_frame(city, plan.id))
    files = {name: str(tmp_path / f"{name}.geojson") for name in ("grids", "cells")}
    made = replay(city, plan, tmp_path, rows, network="governance", rows=str(tmp_path / "out.csv"), **files)
    out = read(tmp_path / "out.csv")
    per_grid = Counter(row["plan_grid"] for row in out if row["plan_grid"])
    kinds = dict(zip(*(store.grids_frame(city, plan.id)[name] for name in ("code", "kind")), strict=True))
    amounts = np.array([per_grid[code] for code in kinds], dtype=float)
    assert made["load"]["all"]["max"] == amounts.max()
    assert made["load"]["all"]["p95"] == pytest.approx(np.quantile(amounts, 0.95))
    assert made["load"]["all"]["deviation"] == pytest.approx(amounts.std() / amounts.mean())
    assert made["load"]["resident"]["total"] == sum(n for code, n in per_grid.items() if kinds[code] == "resident")
    months = Counter(row["at"][:7] if row["at"].startswith("2026") else "" for row in out)
    assert {row["month"]: row["events"] for row in made["by_month"]} == months
    for row in made["by_matter"]:
        mine = [each for each in out if each["matter"] == row["matter"]]
        assert (row["events"], row["owned"]) == (len(mine), sum(bool(each["plan_grid"]) for each in mine))
        assert row["changed"] == sum(each["changed"] == "true" for each in mine)
    grids = gpd.read_file(files["grids"]).set_index("code")
    assert {code: n for code, n in grids["events"].items() if n} == per_grid
    resident = grids[grids["kind"] == "resident"]
    np.testing.assert_allclose(resident["load"], resident["events"] / resident["events"].mean())
    cells = gpd.read_file(files["cells"])
    assert cells["owned"].sum() == made["owned"]
    assert cells["changed"].sum() == made["before"]["changed"]
    assert json.loads(Path(files["cells"]).read_text())["onegrid"]["cell_m"] == 250.0


def test_a_draft_is_compared_with_the_unified_edition_of_each_moment(city: Session, tmp_path: Path) -> None:
    before = divided(city, "old", bands={"resident": [600, 720, 900]})
    edition = published(city, before, "2026-04-01T00:00:00+08:00")
    plan = divided(city, "draft")
    rows = events(store.grids_frame(city, plan.id))
    made = replay(city, plan, tmp_path, rows, rows=str(tmp_path / "out.csv"))
    assert (made["before"]["network"], made["before"]["editions"]) == ("unified", [edition])
    heir = heirs(city, plan, "SELECT code, ST_AsBinary(geom) FROM grids WHERE edition_id = :e", {"e": edition})
    both = 0
    for row in read(tmp_path / "out.csv"):
        mine, old = owner(city, plan, row) if not row["error"] else None, row["unified_grid"]
        assert not (old and row["at"] < "2026-04")
        if mine and old:
            both += 1
            assert row["changed"] == str(heir.get(old) != mine[0]).lower()
    assert made["before"]["both"] == both > 0
    assert made["before"]["gained"] == made["owned"] - both


def test_the_same_plan_published_changes_no_owner(city: Session, tmp_path: Path) -> None:
    plan = divided(city, "draft")
    rows = events(store.grids_frame(city, plan.id))
    published(city, plan, "2026-01-01T00:00:00+08:00")
    made = replay(city, plan, tmp_path, rows)
    assert made["before"]["changed"] == made["before"]["gained"] == made["before"]["lost"] == 0
    assert made["before"]["other_origin"] == 0
    assert made["before"]["load"] == made["load"]["all"]


def test_a_first_plan_has_nothing_to_be_compared_with(city: Session, tmp_path: Path) -> None:
    plan = divided(city, "draft")
    rows = events(store.grids_frame(city, plan.id))
    made = replay(city, plan, tmp_path, rows, rows=str(tmp_path / "out.parquet"))
    assert made["before"] is None
    assert "changed" not in pd.read_parquet(tmp_path / "out.parquet").columns


def test_a_system_that_is_off_by_metres_makes_events_ambiguous(city: Session, tmp_path: Path) -> None:
    plan = divided(city, "draft")
    rows = events(store.grids_frame(city, plan.id))
    made = replay(city, plan, tmp_path, rows, crs="gcj02", rows=str(tmp_path / "out.csv"))
    assert any("check the crs" in warning for warning in made["warnings"])
    assert {row["plan_ambiguous"] for row in read(tmp_path / "out.csv")} >= {"true", "false"}


def test_what_cannot_be_replayed_is_said(city: Session, tmp_path: Path) -> None:
    plan = divided(city, "draft")
    rows = events(store.grids_frame(city, plan.id))
    with pytest.raises(FileError, match="no such field"):
        replay(city, plan, tmp_path, rows, matter_field="category", rows=str(tmp_path / "out.csv"))
    assert not (tmp_path / "out.csv").exists()
    with pytest.raises(NotFound, match="no network"):
        replay(city, plan, tmp_path, rows, network="wards")
    with pytest.raises(InputError, match="at least 10 m"):
        replay(city, plan, tmp_path, rows, cell_m=1.0)
    bare = plans.create(city, PLANNER, "bare", ["governance"])
    with pytest.raises(Conflict, match="divide it first"):
        replay(city, bare, tmp_path, rows)


def test_stored_events_are_replayed_like_a_table_of_them(city: Session, tmp_path: Path) -> None:
    """The half-open period counts; expected: the replay of the same rows from a file."""
    plan = divided(city, "draft")
    rows = [row for row in events(store.grids_frame(city, plan.id)) if row["lon"] != "nowhere" and "-" in row["at"]]
    for row in rows:
        city.execute(STORE, {**row, "at": parse_moment(row["at"], ZONE)})
    chosen = [row for row in rows if not row["at"].startswith("2026-05")]
    expected = replay(city, plan, tmp_path, chosen)
    period = {"stored_from": "2026-03-01T00:00:00+08:00", "stored_to": "2026-05-10T08:00:00+08:00"}
    out = tmp_path / "out.parquet"
    order = {"plan": plan.name, "zone": ZONE, "rows": str(out), **period}
    made = plan_replay.replay_step(city, PLANNER, order, silent())
    same = ("events", "outside", "errors", "grids")
    assert {name: made.get(name) for name in same} == {name: expected.get(name) for name in same}
    assert len(pd.read_parquet(out)) == len(chosen)
    with pytest.raises(InputError, match="parquet"):
        plan_replay.replay_step(city, PLANNER, {**order, "rows": str(tmp_path / "out.csv")}, silent())


def test_no_stored_events_are_no_error(city: Session, tmp_path: Path) -> None:
    made = plan_replay.replay_step(city, PLANNER, {"plan": divided(city, "draft").name, "zone": ZONE}, silent())
    assert made["events"] == 0
