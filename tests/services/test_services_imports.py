"""Networks and layers in: whole or not at all, once per content, with what was found and changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely
from cities import cells, collection
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Conflict, FileError, NotFound, Refused
from app.models.editions import Edition
from app.models.grids import Grid
from app.rules.accounts.access import SCOPES, Caller
from app.services.networks import editions, layers, networks
from app.services.progress import silent
from app.store.networks import editions as store
from app.store.networks import layers as layers_store
from app.store.networks import networks as networks_store

PLANNER = Caller("user:planner", frozenset(SCOPES))
SAMPLE = Path(__file__).parents[2] / "data" / "sample_grids" / "washington_dc"


def square(column: int, row: int, width: float = 1.0) -> shapely.Polygon:
    return cells(column, row, column + width, row + 1)


def write(path: Path, rows: list[tuple[dict[str, Any], Any]]) -> Path:
    path.write_bytes(collection(rows))
    return path


def import_network(session: Session, file: Path, **choices: Any) -> dict[str, Any]:
    code = choices.pop("network", "governance")
    if networks_store.find(session, code) is None:
        networks.add_network(session, PLANNER, code, code)
    order = {"network": code, "file": str(file), "code_field": "code", **choices}
    return editions.import_network_step(session, PLANNER, order, silent())


def counts(session: Session) -> tuple[int, int]:
    return (
        session.scalar(select(func.count()).select_from(Edition)) or 0,
        session.scalar(select(func.count()).select_from(Grid)) or 0,
    )


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return write(tmp_path / "网格.geojson", [({"code": f"{c}{r}"}, square(c, r)) for c in range(3) for r in range(2)])


def test_an_import_is_a_draft_with_its_provenance(session: Session, clean: Path) -> None:
    made = import_network(session, clean)
    edition = store.get(session, made["edition"])
    assert (edition.status, made["grids"], made["unchanged"]) == ("draft", 6, False)
    assert edition.provenance["file"] == "网格.geojson"
    assert edition.provenance["crs"] == "EPSG:4326"
    assert len(edition.provenance["sha256"]) == 64
    frame = store.grids_frame(session, edition.id)
    assert frame["code"].tolist() == ["00", "01", "10", "11", "20", "21"]
    assert frame["area_m2"].sum() == pytest.approx(6 * 205.3 * 221.5, rel=2e-3)  # a cell at 22.75° N


def test_the_same_file_with_the_same_choices_is_one_edition(session: Session, clean: Path) -> None:
    first = import_network(session, clean)
    second = import_network(session, clean)
    other = import_network(session, clean, repair="safe")
    assert second["edition"] == first["edition"]
    assert second["unchanged"]
    assert other["edition"] != first["edition"]


def test_a_dry_run_stores_nothing(session: Session, clean: Path) -> None:
    before = counts(session)
    made = import_network(session, clean, dry_run=True)
    assert made["dry_run"]
    assert made["grids"] == 6
    assert counts(session) == before


def test_a_network_with_errors_is_refused_whole_and_repaired_when_asked(session: Session, tmp_path: Path) -> None:
    file = write(
        tmp_path / "twice.geojson",
        [({"code": "a"}, square(0, 0)), ({"code": "a"}, square(1, 0)), ({"code": "b"}, square(2, 0, 1.2)),
         ({"code": "c"}, square(3, 0)), ({"code": "d"}, None)],
    )  # fmt: skip
    before = counts(session)
    with pytest.raises(Refused) as refused:
        import_network(session, file)
    assert any("row 2" in reason for reason in refused.value.reasons)
    assert any("row 5" in reason for reason in refused.value.reasons)
    assert counts(session) == before
    made = import_network(session, file, repair="full")
    frame = store.grids_frame(session, made["edition"])
    assert frame["code"].tolist() == ["a", "b", "c"]
    assert made["changes"] > 0
    assert not made["left"].get("overlap")
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())


def test_publishing_at_import(session: Session, clean: Path) -> None:
    made = import_network(session, clean, publish=True, valid_from="2026-01-01T00:00:00+08:00")
    assert made["status"] == "published"
    again = import_network(session, clean, publish=True, valid_from="2026-01-01T00:00:00+08:00")
    assert (again["edition"], again["unchanged"]) == (made["edition"], True)


def test_a_wrong_field_names_the_fields_there_are(session: Session, clean: Path) -> None:
    with pytest.raises(FileError, match="code"):
        import_network(session, clean, code_field="编码")
    with pytest.raises(NotFound, match="no network"):
        editions.import_network_step(session, PLANNER, {"network": "x", "file": str(clean)}, silent())


def test_the_dirty_trash_routes_of_washington_come_out_as_a_coverage(session: Session) -> None:
    order = {"network": "city_management", "code_field": "ROUTE_ID", "repair": "full"}
    made = import_network(session, SAMPLE / "trash_routes.fgb", **order)
    assert made["found"]["duplicate_code"] == 3
    assert made["found"]["invalid_geometry"] == 2
    shapes = store.grids_frame(session, made["edition"]).geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert len(shapes) == 141


def layer(session: Session, **order: Any) -> dict[str, Any]:
    return layers.import_layer_step(session, PLANNER, order, silent())


def test_a_layer_keeps_its_quantities_and_is_stored_once(session: Session) -> None:
    order = {
        "kind": "blocks", "file": str(SAMPLE / "block_groups.fgb"), "code_field": "GEOID",
        "quantities": {"households": "households", "people": "people"},
    }  # fmt: skip
    made = layer(session, **order)
    frame = layers_store.frame(session, layers_store.get(session, "blocks"))
    assert (made["features"], frame["households"].sum(), frame["people"].sum()) == (450, 266_707, 601_723)
    assert layer(session, **order)["unchanged"]
    with pytest.raises(Conflict, match="--name"):
        layer(session, **{**order, "quantities": {"households": "housing_units"}})


def test_a_count_below_zero_stops_the_layer(session: Session, tmp_path: Path) -> None:
    file = write(
        tmp_path / "homes.geojson", [({"code": "a", "hh": 3}, square(0, 0)), ({"code": "b", "hh": -1}, square(1, 0))]
    )
    with pytest.raises(FileError, match="hh") as refused:
        layer(session, kind="blocks", file=str(file), quantities={"households": "hh"})
    assert refused.value.members["row"] == 2
    assert layers_store.find(session, "blocks") is None
