"""`onegrid networks | layers | plans | editions | runs`: a planner's journey on a small city."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cities import LAT, LON, STEP, cells, collection, squares, write

Onegrid = Callable[..., Any]


def test_from_files_to_a_published_plan(onegrid: Onegrid, tmp_path: Path) -> None:
    write(tmp_path / "综治.geojson", squares(3, 2, 12))
    write(tmp_path / "文明.geojson", squares(2, 3, 12))
    write(tmp_path / "社区.geojson", squares(6, 12, 12))
    write(tmp_path / "楼栋.geojson", squares(1, 1, 12, 户数=60))
    bad = [({"code": "a"}, cells(0, 0, 1, 1)), ({"code": "a"}, cells(1, 0, 2, 1))]
    write(tmp_path / "坏.geojson", collection(bad))

    onegrid("networks", "add", "governance", "--name", "综治网格")
    onegrid("networks", "add", "civilization", "--name", "文明网格")
    said = onegrid("networks", "import", "governance", "坏.geojson", "--code-field", "code", fails=True)
    assert "row 2" in said
    assert "坏.geojson" in said
    publish = ("--code-field", "code", "--publish", "--valid-from", "2026-01-01")
    assert onegrid("networks", "import", "governance", "综治.geojson", *publish)["status"] == "published"
    assert onegrid("networks", "import", "civilization", "文明.geojson", *publish)["grids"] == 24
    assert onegrid("layers", "import", "areas", "社区.geojson", "--code-field", "code")["features"] == 2
    buildings = onegrid("layers", "import", "buildings", "楼栋.geojson", "--quantity", "households=户数")
    assert buildings["quantities"] == ["households"]

    onegrid("plans", "create", "spring", "--networks", "governance,civilization", "--areas", "areas")
    assert "consolidate it first" in onegrid("plans", "divide", "spring", fails=True)
    made = onegrid("plans", "consolidate", "spring")
    assert made["totals"]["households"]["after"] == pytest.approx(8640)
    divided = onegrid("plans", "divide", "spring", "--households", "300,400,500")
    assert (divided["broken"], divided["over_areas"]) == (0, 0)
    assert onegrid("plans", "score", "spring")["grids"] == divided["grids"]
    assert onegrid("plans", "export", "spring", "-o", "spring.gpkg")["rows"] == divided["grids"]
    published = onegrid("plans", "publish", "spring", "--valid-from", "2026-02-01")
    listed = onegrid("editions", "list", "unified")
    assert [(row["id"], row["status"]) for row in listed] == [(published["edition"], "published")]
    place = (str(LON + 4.5 * STEP), str(LAT + 4.5 * STEP))
    owners = onegrid("lookup", *place, "--at", "2026-03-01")["grids"]
    assert {owner["network"]: owner["code"] for owner in owners}["governance"] == "0304"
    assert {owner["network"] for owner in owners} == {"unified", "governance", "civilization"}
    statuses = {run["status"] for run in onegrid("runs", "list")}
    assert statuses == {"succeeded", "failed"}
