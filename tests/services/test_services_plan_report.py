"""The report of a real plan, and its GeoPackage: what they tell is what is stored."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pyogrio
import pytest
from cities import LAT, LON, STEP
from planned_city import PLANNER, TOTAL, build, divided, published
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound
from app.files.reports.page import render
from app.rules.accounts.access import Caller
from app.services.networks import exports
from app.services.plans import plan_replay, plan_report, plans
from app.services.progress import silent
from app.store import runs as runs_store
from app.store.plans import plans as store

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
EVENTS = "lon,lat\n" + "".join(f"{LON + (i % 12 + 0.5) * STEP},{LAT + (i // 12 + 0.5) * STEP}\n" for i in range(144))


@pytest.fixture
def city(session: Session, tmp_path: Path) -> Session:
    build(session, tmp_path)
    return session


def test_the_report_tells_what_is_stored(city: Session) -> None:
    plan = divided(city, "spring", bands={"resident": [390, 400, 410]})
    told = plan_report.tell(city, plan, NOW)
    grids = store.grids_frame(city, plan.id)
    assert len(told.ground.grids) == len(grids)
    assert {code for code, *_ in told.outside} == {
        code for code, scores in zip(grids["code"], grids["scores"], strict=True) if not scores["inside_band"]
    }
    deviations = [abs(row[4]) for row in told.outside]
    assert deviations == sorted(deviations, reverse=True)
    assert told.breaches == []
    assert [code for code, _, _ in told.editions] == ["civilization", "governance"]
    html = plan_report.make_report(city, plan, "html", "zh", NOW).decode()
    assert html == plan_report.make_report(city, plan, "html", "zh", NOW).decode()
    for words in (plan.content_hash, f"{len(grids)} 个", f"{TOTAL:,.0f} 户", "2026-03-01"):
        assert str(words) in html
    assert plan_report.make_report(city, plan, "pdf", "en", NOW).startswith(b"%PDF")


def test_breaches_and_the_reason_to_publish_in_spite_of_them(city: Session) -> None:
    plan = divided(city, "spring")
    first = store.grids_frame(city, plan.id)["code"].iloc[0]
    city.execute(text("DELETE FROM plan_grids WHERE plan_id = :p AND code = :c"), {"p": plan.id, "c": first})
    city.expire_all()
    told = plan_report.tell(city, plan, NOW)
    assert any("without a grid" in sentence for sentence in told.breaches)
    assert "平方米地面无网格" in render(told, "zh")
    whole = divided(city, "summer")
    published(city, whole, "2026-04-01T00:00:00+08:00")
    assert plan_report.tell(city, whole, NOW).breaches == []


def test_a_replay_comes_along(city: Session, tmp_path: Path) -> None:
    plan, other = divided(city, "spring"), divided(city, "other")
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    order = {"plan": "spring", "file": str(tmp_path / "events.csv"), "network": "governance"}
    run = runs_store.add(city, kind="replay_plan", parameters=order, requested_by="x", scopes=["plan"])
    with pytest.raises(NotFound, match="ended well"):
        plan_report.tell(city, plan, NOW, run.id)
    outcome = plan_replay.replay_step(city, PLANNER, order, silent())
    runs_store.end(city, run, runs_store.SUCCEEDED, NOW, outcome=outcome)
    told = plan_report.tell(city, plan, NOW, run.id)
    kinds = told.ground.grids.groupby("kind")["load"].mean()
    assert kinds["resident"] == pytest.approx(1.0)
    assert "events.csv" in render(told, "en")
    with pytest.raises(NotFound):
        plan_report.tell(city, other, NOW, run.id)
    plan.content_hash = "changed since"
    with pytest.raises(InputError, match="replay the events again"):
        plan_report.tell(city, plan, NOW, run.id)


def test_what_cannot_be_reported_is_said(city: Session) -> None:
    bare = plans.create(city, Caller("user:li", frozenset({"plan"})), "bare", ["governance"])
    with pytest.raises(Conflict, match="divide it first"):
        plan_report.make_report(city, bare, "html", "zh", NOW)
    with pytest.raises(InputError, match="html, pdf"):
        plan_report.make_report(city, bare, "docx", "zh", NOW)
    with pytest.raises(InputError, match=r"\.html or a \.pdf"):
        plan_report.form_of(Path("report.doc"))


def test_a_geopackage_has_all_of_a_plan_with_styles(city: Session, tmp_path: Path) -> None:
    plan = divided(city, "spring")
    made = exports.export_plan(city, plan, None, tmp_path / "plan.gpkg")
    layers = dict(pyogrio.list_layers(tmp_path / "plan.gpkg").tolist())
    assert list(layers)[:4] == ["lineage", "pieces", "borders", "grids"]
    assert made["layers"]["grids"] == len(store.grids_frame(city, plan.id)) == made["rows"]
    with sqlite3.connect(tmp_path / "plan.gpkg") as database:
        styled = {row[0] for row in database.execute("SELECT f_table_name FROM layer_styles WHERE useAsDefault")}
    assert styled == set(exports.LAYERS)
    single = exports.export_plan(city, plan, "borders", tmp_path / "lines.gpkg")
    assert single["rows"] == made["layers"]["borders"]
    with sqlite3.connect(tmp_path / "lines.gpkg") as database:
        assert database.execute("SELECT f_table_name FROM layer_styles").fetchall() == [("lines",)]
    assert exports.export_plan(city, plan, None, tmp_path / "plan.geojson")["what"] == "grids"
    with pytest.raises(InputError, match="one table"):
        exports.export_plan(city, plan, "all", tmp_path / "plan.geojson")
    with pytest.raises(InputError, match="lineage, borders"):
        exports.export_plan(city, plan, "everything", tmp_path / "plan.gpkg")
