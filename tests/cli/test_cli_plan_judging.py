"""`onegrid plans compare | replay | report | export` by the entry point of the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from cities import LAT, LON, STEP
from planned_city import build, divided

from app import db
from app.cli import console
from app.cli.commands import load
from app.services.networks import exports

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def onegrid(command: Command, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs one command on a city with two plans."""
    engine = db.make_engine(database)
    with db.transaction(engine) as session:
        build(session, tmp_path)
        divided(session, "spring")
        divided(session, "autumn", bands={"resident": [600, 720, 900]})
    engine.dispose()
    monkeypatch.setattr(console.out, "_width", 200)  # the first import may have read the width of a terminal
    return partial(command, "plans")


def told(done: CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_plan_is_judged_on_the_command_line(onegrid: Command, tmp_path: Path) -> None:
    made = told(onegrid("compare", "spring", "autumn", "-o", "apart.geojson", "--json"))
    assert list(made["plans"]) == ["spring", "autumn"]
    assert made["differences"]["rows"] == len(json.loads((tmp_path / "apart.geojson").read_text())["features"]) > 0
    shown = onegrid("compare", "spring", "autumn", "spring").stdout
    for words in ("Plans side by side", "地域相近", "Who changes grid", "resident: below, inside, above the band"):
        assert words in shown
    rows = "".join(f"{i},{LON + (i % 14 - 0.7) * STEP},{LAT + (i // 14 + 0.3) * STEP},01001\n" for i in range(140))
    (tmp_path / "事件.csv").write_text("id,lon,lat,matter\n" + rows, encoding="utf-8")
    order = ("replay", "spring", "事件.csv", "--matter-field", "matter", "--network", "governance")
    replayed = told(onegrid(*order, "-o", "out.csv", "--grids", "g.geojson", "--cells", "c.geojson", "--json"))
    assert replayed["events"] == 140
    assert replayed["owned"] + replayed["unowned"] == 140
    assert replayed["by_matter"][0]["matter"] == "01001"
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 141
    assert {Path(path).name for path in replayed["files"].values()} == {"out.csv", "g.geojson", "c.geojson"}
    shown = onegrid(*order).stdout
    for words in ("Events replayed", "compared with network", "Events per grid", "Events by matter"):
        assert words in shown
    both = told(onegrid("compare", "spring", "autumn", "--events", "事件.csv", "--json"))["plans"]
    assert both["spring"]["workload"]["events"] == replayed["load"]
    assert both["autumn"]["replay"]["owned"] == replayed["owned"]
    report = told(onegrid("report", "spring", "-o", "report.html", "--replay", str(replayed["run"]), "--json"))
    assert report["bytes"] == (tmp_path / "report.html").stat().st_size
    assert "事件.csv" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert told(onegrid("export", "spring", "-o", "plan.gpkg", "--json"))["layers"]["pieces"] > 0


def test_help_names_all_that_can_be_exported() -> None:
    (what,) = [option for option in load("plans").commands["export"].params if option.name == "what"]
    assert what.help.split(" or matrix;")[0] == ", ".join(exports.WHAT)


def test_mistakes_are_one_line(onegrid: Command, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("lon,lat\n", encoding="utf-8")
    for words, said in (
        (("compare", "spring", "winter"), "no plan 'winter'"),
        (("replay", "spring", "events.csv", "-o", "out.docx"), "not a kind of table"),
        (("report", "spring", "-o", "report.doc"), ".html or a .pdf"),
    ):
        done = onegrid(*words)
        assert done.returncode == 1, words
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert told(onegrid("replay", "spring", "events.csv", "--json"))["events"] == 0
