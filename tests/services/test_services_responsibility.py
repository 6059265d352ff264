"""The responsibility matrix on real plans: the synthetic town's planted conflicts, borders that disagree, exceptions,
and publication that is refused until the matrix is clean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import planned_city
import pytest
import shapely
from cities import cells, collection, write
from published import publish
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound, Refused
from app.files.lists import ListFile
from app.models.plans import Plan
from app.rules.accounts.access import SCOPES, Caller
from app.services.duties import duties, duty_audit, matters, plan_matrix
from app.services.duties.duty_import import import_duties, import_rows
from app.services.duties.duty_rows import Order
from app.services.networks import exports, layers
from app.services.networks.samples import CODES, DUTY_NAMES, KINDS, street_codes
from app.services.progress import silent
from app.town.town import make_town

ROOT = Caller("cli:test", frozenset(SCOPES))
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 6, 1, tzinfo=UTC)
Rows = Callable[..., dict[str, Any]]


@pytest.fixture
def city(session: Session, tmp_path: Path) -> Plan:
    """A divided plan, and a code table of two matters and a component."""
    planned_city.build(session, tmp_path)
    matters.load(session, ROOT)
    codes = tmp_path / "codes.csv"
    codes.write_text(
        "类型,编码,名称\n事件,06010,暴露垃圾\n事件,06011,积存垃圾\n部件,01001,供水井盖\n", encoding="utf-8"
    )
    matters.import_table(session, ROOT, matters.TableImport("city", "", SINCE), codes)
    return planned_city.divided(session, "spring")


def say(session: Session, *lines: str, list_name: str = "city") -> None:
    """Bring in lines of `kind code scope lead [flag]`."""
    rows = []
    for number, line in enumerate(lines, 2):
        kind, code, scope, lead, *flag = line.split()
        cells = {
            "kind": kind,
            "code": code,
            "scope": scope,
            "lead": lead,
            "replaces": "是" if flag == ["replaces"] else "",
        }
        rows.append((number, cells | {"hours": flag[0] if flag and flag != ["replaces"] else ""}))
    fields = ["kind", "code", "scope", "lead", "replaces", "hours"]
    import_rows(session, ROOT, Order(SINCE, "UTC", list_name), ListFile("lines", fields, rows), AT)


def counted(session: Session, plan: Plan) -> dict[str, list[str]]:
    """Problem → its matters."""
    told = duty_audit.audit_plan(session, plan, AT).to_dict()
    return {problem: [row["code"] for row in told[problem]["rows"]] for problem in ("unowned", "duplicate", "crossed")}


CLEAN = ("matter 06 全域 环卫所", "component 01001 全域 市政所")


def test_planted_conflicts_of_the_town_are_found(session: Session, tmp_path: Path) -> None:
    """Three unowned, three with two leads everywhere, three with a second one in some communities: as planted."""
    sample = pd.read_csv(CODES / "matters.csv", dtype=str)
    town = make_town("small", 3, street_codes(), sample)
    publish(
        session, "unified", [f"U{n:03d}" for n in range(len(town.communities))], town.communities.geometry.to_numpy(),
        kinds=["resident"] * len(town.communities), area=town.communities["code"].tolist(),
    )  # fmt: skip
    matters.load(session, ROOT)
    matters.import_table(session, ROOT, matters.TableImport("town", "", SINCE), CODES / "matters.csv")
    listed = town.duties.assign(kind=town.duties["kind"].map(KINDS)).rename(columns=DUTY_NAMES)
    listed.to_excel(tmp_path / "duties.xlsx", index=False)
    made = import_duties(session, ROOT, Order(SINCE, "Asia/Shanghai"), tmp_path / "duties.xlsx", AT)
    assert made["added"] == len(town.duties)
    assert made["warnings"] == []
    told = duty_audit.audit_network(session, AT).to_dict()
    found = {p: {(row["kind"], row["code"]) for row in told[p]["rows"]} for p in ("unowned", "duplicate", "crossed")}
    assert found == {
        "unowned": set(town.conflicts.unowned),
        "duplicate": set(town.conflicts.duplicate),
        "crossed": set(town.conflicts.crossed),
    }
    assert [told[p]["count"] for p in found] == [3, 3, 3]
    assert {tuple(row["areas"]) for row in told["crossed"]["rows"]} == {
        tuple(sorted(places)) for places in town.conflicts.crossed.values()
    }
    assert all(row["proposals"] for p in found for row in told[p]["rows"])
    assert told["clean"] == told["cells"] - 6 * told["grids"] - 3 * 3
    for row in duty_audit.audit_network(session, AT).rows():
        proposal = row.proposals[0]
        if proposal.action == "add":
            say(session, f"{row.kind} {row.code} 全域 {proposal.lead}", list_name="proposed")
        for number in proposal.duties:
            duties.end(session, ROOT, number, SINCE, AT)
    assert duty_audit.audit_network(session, AT).to_dict()["is_clean"]


def test_rules_resolve_what_lines_leave_open(session: Session, city: Plan) -> None:
    say(session, *CLEAN)
    assert counted(session, city) == {"unowned": [], "duplicate": [], "crossed": []}
    say(session, "matter 06010 440115001002 物业办", list_name="another")
    assert counted(session, city)["crossed"] == ["06010"]
    (row,) = duty_audit.audit_plan(session, city, AT).rows()
    assert (row.leads, row.areas) == (("物业办", "环卫所"), ("440115001002",))
    assert [each.action for each in row.proposals] == ["keep", "replace"]
    duties.end(session, ROOT, row.proposals[1].duties[0], SINCE, AT)
    say(session, "matter 06010 440115001002 物业办 replaces", list_name="third")
    assert counted(session, city)["crossed"] == []
    say(session, "matter 06010 440115001002 街道办 replaces", list_name="fourth")
    assert counted(session, city)["duplicate"] == ["06010"]


def test_a_night_line_needs_no_excuse_and_leaves_no_gap(session: Session, city: Plan) -> None:
    say(session, *CLEAN, "matter 06010 全域 夜班 22:00-06:00")
    assert counted(session, city) == {"unowned": [], "duplicate": [], "crossed": []}
    say(session, "matter 06011 全域 城管 22:00-06:00", list_name="night")
    duties.end(session, ROOT, next(d["number"] for d in duties.search(session, AT) if d["code"] == "06"), SINCE, AT)
    assert counted(session, city)["unowned"] == ["06010", "06011"]


def test_old_borders_that_cut_new_grids_are_crossed(session: Session, city: Plan) -> None:
    """Each old grid of governance has its own lead: new grids over several are crossed, by the plan's pieces."""
    sources = exports.plan_frame(session, city, "pieces")
    old = sorted(set(sources["governance"]))
    say(
        session,
        *CLEAN[1:],
        "matter 06011 全域 环卫所",
        *(f"matter 06010 grid:governance/{code} 组{code}" for code in old),
    )
    expected = {grid for grid, rows in sources.groupby("grid") if rows["governance"].nunique() > 1}
    assert expected
    rows = [row for row in duty_audit.audit_plan(session, city, AT).rows() if row.problem == "crossed"]
    assert {grid for row in rows for grid in row.grids} == expected
    assert {row.code for row in rows} == {"06010"}
    assert "whole_grid" in {each.action for row in rows for each in row.proposals}


def test_zones_and_networks_hold_on_their_ground(session: Session, city: Plan, tmp_path: Path) -> None:
    zone = {
        "kind": "blocks",
        "name": "zones",
        "file": write(tmp_path / "z.geojson", collection([({"code": "m"}, cells(0, 0, 2, 2))])),
    }
    layers.import_layer_step(session, ROOT, zone | {"code_field": "code"}, silent())
    say(session, *CLEAN, "matter 06010 zone:zones/m 市场所 replaces", "matter 06011 network:governance 环卫所")
    assert counted(session, city) == {"unowned": [], "duplicate": [], "crossed": []}
    made = duty_audit.audit_plan(session, city, AT)
    at = [matter.code for matter in made.matters].index("06010")
    several = np.flatnonzero([made.lead_of(grid, at) == "several" for grid in range(len(made.ground.grids))])
    ground = made.ground.grids.geometry.to_numpy()
    assert {*several} == {n for n, g in enumerate(ground) if shapely.intersection(g, cells(0, 0, 2, 2)).area > 1e-9
                          and not cells(0, 0, 2, 2).buffer(1e-9).covers(g)}  # fmt: skip
    say(session, "matter 06010 zone:nowhere/m 市场所", list_name="wrong")
    with pytest.raises(NotFound, match="no layer 'nowhere'"):
        duty_audit.audit_plan(session, city, AT)


def test_an_old_network_is_known_by_its_borders_without_a_plan(session: Session) -> None:
    """Two published networks and no plan: shares by geometry."""
    matters.load(session, ROOT)
    left, right = shapely.box(113.50, 22.7, 113.51, 22.71), shapely.box(113.51, 22.7, 113.52, 22.71)
    publish(session, "unified", ["U1", "U2"], np.array([left, right]), area=["440115001001"] * 2)
    over = shapely.box(113.505, 22.7, 113.52, 22.71)
    publish(session, "old", ["1"], np.array([over]))
    say(session, "matter * 全域 街道办", "component * 全域 街道办", "matter 06010 grid:old/1 老网格 replaces")
    made = duty_audit.audit_network(session, AT, table="GB/T 47678.5-2026")
    at = [matter.key for matter in made.matters].index(("matter", "06010"))
    assert [made.lead_of(grid, at) for grid in (0, 1)] == ["several", "老网格"]
    assert made.to_dict()["is_clean"]


def test_publication_waits_for_a_clean_matrix_or_reasons(session: Session, city: Plan) -> None:
    say(session, "matter 06010 全域 环卫所", "matter 06010 全域 城管所", "component 01001 owner:* 水务")
    with pytest.raises(Refused) as caught:
        planned_city.published(session, city, "2026-06-01T00:00:00+08:00")
    assert [reason.split(":")[0] for reason in caught.value.reasons] == ["nobody leads (无人)", "two lead (重复)"]
    duty_audit.excuse(session, ROOT, "duplicate", "matter", "06010", "until the summer's order", AT)
    gap = duty_audit.excuse(session, ROOT, "unowned", "matter", "06011", "new matter", AT, scope="440115001001")
    with pytest.raises(Refused) as caught:
        planned_city.published(session, city, "2026-06-01T00:00:00+08:00")
    assert len(caught.value.reasons) == 1
    duty_audit.excuse(session, ROOT, "unowned", "matter", "06011", "new matter", AT, scope="area:440115001002")
    told = duty_audit.audit_plan(session, city, AT).to_dict()
    assert told["is_clean"]
    assert sum(row["cells"] for row in told["excused"]) == 2 * told["grids"]
    duty_audit.withdraw(session, ROOT, gap.id, AT)
    assert not duty_audit.audit_plan(session, city, AT).to_dict()["is_clean"]
    duty_audit.excuse(session, ROOT, "unowned", "matter", "06011", "new matter", AT)
    assert planned_city.published(session, city, "2026-06-01T00:00:00+08:00") > 0


def test_a_city_without_duty_lists_publishes(session: Session, city: Plan) -> None:
    assert duty_audit.breaches(session, city, AT) == []
    assert planned_city.published(session, city, "2026-06-01T00:00:00+08:00") > 0


def test_exceptions_need_reasons_and_places_that_grids_know(session: Session) -> None:
    for wrong in ({"reason": " "}, {"problem": "odd"}, {"scope": "road:roads/G4"}, {"kind": "thing"}):
        told = {"problem": "crossed", "kind": "matter", "code": "06010", "reason": "so", **wrong}
        with pytest.raises(InputError):
            duty_audit.excuse(session, ROOT, now=AT, **told)
    with pytest.raises(NotFound):
        duty_audit.withdraw(session, ROOT, 1, AT)


def test_cells_show_the_lines_behind_them(session: Session, city: Plan) -> None:
    say(session, *CLEAN[1:], "matter 06010 全域 环卫所", "matter 06011 全域 环卫所")
    say(session, "matter 06010 440115001002 物业办", "matter 06010 440115001001 街道办")
    made = duty_audit.audit_plan(session, city, AT)
    page = plan_matrix.cells(made, problem="crossed", limit=3)
    assert page["total"] == len(made.ground.grids)
    for cell in page["cells"]:
        assert [duty["lead"] for duty in cell["duties"]][1:] == ["环卫所"]
        assert cell["lead"] == cell["duties"][0]["lead"]
    one = plan_matrix.cells(made, grid=made.ground.grids["code"].iloc[0])
    assert [cell["code"] for cell in one["cells"]] == ["01001", "06010", "06011"]


def test_matrix_as_workbook_and_map(session: Session, city: Plan, tmp_path: Path) -> None:
    say(session, "matter 06010 全域 环卫所", "matter 06010 全域 城管所", "component 01001 全域 市政所")
    made = exports.export_plan(session, city, "matrix", tmp_path / "matrix.xlsx")
    book = openpyxl.load_workbook(tmp_path / "matrix.xlsx")
    assert book.sheetnames == ["matrix", "problems", "cells", "duties", "onegrid"]
    heading, first, *_ = book["matrix"].iter_rows(values_only=True)
    assert heading[4:] == ("部件 01001 供水井盖", "事件 06010 暴露垃圾", "事件 06011 积存垃圾")
    assert first[4:] == ("市政所", "重复：城管所", "无人")
    _, *problems = book["problems"].iter_rows(values_only=True)
    assert {(row[0], row[1], row[2], row[4], row[8]) for row in problems} == {
        ("无人", "事件", "06011", None, None),
        ("重复", "事件", "06010", "城管所、环卫所",
         "保留牵头：城管所（在“市容环境类”中已牵头 0 项；终止其他单位的职责行，改为协办）\n"
         "保留牵头：环卫所（在“市容环境类”中已牵头 0 项；终止其他单位的职责行，改为协办）"),
    }  # fmt: skip
    assert book["cells"].max_row == 1 + 2 * made["rows"]
    exports.export_plan(session, city, "matrix", tmp_path / "matrix.geojson")
    shown = plan_matrix.on_map(duty_audit.audit_plan(session, city, AT))
    assert (shown["unowned"].tolist(), shown["unowned_matters"].iloc[0]) == ([1] * made["rows"], "matter 06011")


def test_a_plan_without_grids_has_no_matrix(session: Session, city: Plan) -> None:
    city.status = "consolidated"
    with pytest.raises(Conflict, match="no grids yet"):
        duty_audit.audit_plan(session, city, AT)
    with pytest.raises(NotFound, match="no edition"):
        duty_audit.audit_network(session, AT)
