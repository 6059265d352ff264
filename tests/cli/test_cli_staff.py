"""`onegrid staff`, `posts` and `departments`, with the synthetic town's list."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
from published import publish
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app import db
from app.cli import app, context
from app.errors import OneGridError
from app.services.networks.samples import make_sample_town

Run = Callable[..., Any]


@pytest.fixture
def onegrid(session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`onegrid("staff", "list")` → its JSON; `fails=True` → the words of its domain error."""
    monkeypatch.setattr(context, "transaction", partial(db.transaction, session.connection()))
    monkeypatch.chdir(tmp_path)

    def run(*words: object, fails: bool = False) -> Any:
        result = CliRunner().invoke(app, [*map(str, words), "--json"])
        if fails:
            assert isinstance(result.exception, OneGridError), result.output
            return str(result.exception)
        assert result.exit_code == 0, result.output + repr(result.exception)
        return json.loads(result.stdout)

    return run


def test_the_town_s_staff_from_list_to_roster(onegrid: Run, session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "town"
    manifest = make_sample_town(folder, "small", 1)
    vacant = manifest["staff"]["vacant"]
    for code in manifest["networks"]:
        onegrid("networks", "add", code, "--name", code)
    drawn = gpd.read_file(folder / "networks" / "civilization.geojson")
    publish(session, "civilization", drawn["code"].tolist(), drawn.geometry.to_numpy())
    preview = onegrid("staff", "import", folder / "staff.xlsx", "--dry-run")
    assert (preview["stored"], preview["errors"], preview["posts"]["added"]) == (False, [], preview["rows"])
    assert onegrid("staff", "list") == []
    made = onegrid("staff", "import", folder / "staff.xlsx")
    assert made["posts"]["added"] == manifest["staff"]["posts"]
    assert onegrid("staff", "import", folder / "staff.xlsx")["posts"]["unchanged"] == manifest["staff"]["posts"]

    found = onegrid("staff", "audit", "--network", "civilization", "--at", "2026-01-01")
    assert found["empty_grids"] == {"civilization": vacant["civilization"]}
    assert found["vacancies"]["count"] == len(vacant["civilization"])

    sheet = openpyxl.load_workbook(folder / "staff.xlsx").worksheets[0]
    chief = next(row for row in sheet.iter_rows(values_only=True) if row[4] == "civilization" and row[6] == "网格长")
    (entry,) = [e for e in onegrid("staff", "roster", "civilization", chief[5]) if e["role"] == "grid_chief"]
    assert (entry["name"], entry["phone"], entry["on_duty"]) == (chief[1], chief[2], True)
    (person,) = onegrid("staff", "list", "--find", chief[0])
    _, substitute = onegrid("staff", "list", "--limit", 3)[-2:]
    onegrid("posts", "leave", person["id"], "--from", "2026-01-01", "--substitute", substitute["id"])
    (stood,) = [e for e in onegrid("staff", "roster", "civilization", chief[5]) if e["role"] == "grid_chief"]
    assert (stood["name"], stood["substitute"]) == (substitute["name"], True)

    onegrid("staff", "export", "-o", "out.xlsx", "--all")
    again = onegrid("staff", "import", "out.xlsx")
    assert again["posts"]["unchanged"] == manifest["staff"]["posts"]

    assert "say --yes" in onegrid("staff", "erase", person["id"], fails=True)
    assert onegrid("staff", "erase", person["id"], "--yes")["name"] is None
    assert "was erased on request" in onegrid("staff", "import", folder / "staff.xlsx", fails=True)


def test_errors_are_one_line_with_row_and_remedy(onegrid: Run, tmp_path: Path) -> None:
    (tmp_path / "staff.csv").write_text("姓名,岗位,网格编号\n张伟,网格长,J1\n,网格员,J1\n", encoding="gbk")
    said = onegrid("staff", "import", "staff.csv", fails=True)
    assert "name the columns as docs/staff.md says, or give --network" in said
    onegrid("networks", "add", "unified", "--name", "统一网格")
    said = onegrid("staff", "import", "staff.csv", "--network", "unified", fails=True)
    assert said.startswith("staff.csv, row 3, field 姓名:")
    said = onegrid("staff", "import", "staff.csv", "--network", "unified", "--dry-run", fails=True)
    assert "1 rows are wrong" in said
    assert "no such file" in onegrid("staff", "import", "none.csv", fails=True)


def test_departments_and_posts_one_by_one(onegrid: Run) -> None:
    onegrid("networks", "add", "unified", "--name", "统一网格")
    onegrid("departments", "add", "district", "--name", "南沙区")
    made = onegrid("departments", "add", "cm", "--name", "区城管局", "--parent", "district")
    assert (made["line"], made["parent"]) == ("city_management", "district")
    assert onegrid("departments", "set", "cm", "--line", "综治")["line"] == "governance"
    onegrid("departments", "link", "cm", "unified")
    onegrid("departments", "add-line", "rivers", "--name", "河长", "--valid-from", "2026-01-01")
    assert "rivers" in {line["code"] for line in onegrid("departments", "lines", "--on", "2026-02-01")}
    assert "district" in {row["code"] for row in onegrid("departments", "list")}
    assert "below it" in onegrid("departments", "retire", "district", fails=True)
    assert onegrid("departments", "retire", "cm")["retired_at"]


def test_a_post_is_given_corrected_and_ended(onegrid: Run, tmp_path: Path) -> None:
    onegrid("networks", "add", "unified", "--name", "统一网格")
    (tmp_path / "staff.csv").write_text("姓名,岗位,网格编号\n张伟,网格长,J1\n", encoding="utf-8")
    onegrid("staff", "import", "staff.csv", "--network", "unified")
    (person,) = onegrid("staff", "list")
    made = onegrid("posts", "appoint", person["id"], "志愿者", "unified", "J2", "--from", "2026-01-01")
    fixed = onegrid("posts", "correct", made["post"], "--shift", "周六 9:00-12:00")
    assert (fixed["terms"][0]["shift"], len(fixed["history"])) == ("Sat 09:00-12:00", 2)
    assert [row["grid"] for row in onegrid("posts", "list", "--at", "2026-06-01")] == ["J1", "J2"]
    onegrid("posts", "end", made["post"], "--at", "2026-03-01")
    assert [row["grid"] for row in onegrid("posts", "list", "--at", "2026-06-01")] == ["J1"]
    absence = onegrid("posts", "leave", person["id"], "--from", "2026-06-01")["id"]
    assert onegrid("posts", "withdraw-leave", absence)["person"] == person["id"]
    onegrid("staff", "set-rule", "志愿者", 2, "--kind", "resident")
    assert ("volunteer", 2) in {(rule["role"], rule["least"]) for rule in onegrid("staff", "rules")}
