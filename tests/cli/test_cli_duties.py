"""`onegrid matters | duties …`, on the files of the synthetic town."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Onegrid = Callable[..., Any]


def test_from_the_town_s_list_to_its_audit(onegrid: Onegrid, tmp_path: Path) -> None:
    """Judged on a network with one grid for each community, coded as its community."""
    onegrid("sample", "make-town", "town", "--size", "small", "--seed", "3")
    assert onegrid("matters", "load")["loaded"]["GB/T 47678.5-2026"] == 403
    since = ("--valid-from", "2026-01-01")
    assert onegrid("matters", "import", "town/matters.csv", "--table", "town", *since)["rows"] == 66
    assert onegrid("duties", "import", "town/duties.xlsx", *since, "--dry-run")["added"] > 60
    made = onegrid("duties", "import", "town/duties.xlsx", *since)
    onegrid("networks", "add", "governance", "--name", "综治")
    places = ("--code-field", "code", "--publish", *since)
    onegrid("networks", "import", "governance", "town/layers/communities.geojson", *places)
    audit = onegrid("duties", "audit", "--network", "governance", "-o", "map.geojson")
    conflicts = json.loads((tmp_path / "town" / "manifest.json").read_text(encoding="utf-8"))["duties"]
    for problem in ("unowned", "duplicate"):
        found = {(row["kind"], row["code"]) for row in audit[problem]["rows"]}
        assert found == {(row["kind"], row["code"]) for row in conflicts[problem]}
    shown = json.loads((tmp_path / "map.geojson").read_text(encoding="utf-8"))["features"]
    assert {feature["properties"]["unowned"] for feature in shown} == {3}
    chosen = onegrid("duties", "choose", "事件", "09006", "--area", conflicts["crossed"][0]["communities"][0])
    assert (chosen["lead"], [row["rule"] for row in chosen["losers"]].count("wider_place")) == ("市场监管所", 1)
    assert onegrid("duties", "export", "-o", "out.xlsx")["rows"] == made["added"]


def test_wrong_rows_are_one_line_on_stderr(onegrid: Onegrid, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("类型,编码,名称\n事件,06010,暴露垃圾\n事件,06901,榴莲壳\n", encoding="utf-8")
    said = onegrid("matters", "import", "own.csv", "--table", "own", fails=True)
    assert "row 2" in said
    assert "row 3" in said
    (tmp_path / "duties.csv").write_text("kind,code,lead\nmatter,06010,a\n", encoding="utf-8")
    assert "onegrid matters load" in onegrid("duties", "import", "duties.csv", fails=True)
