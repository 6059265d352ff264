"""Duty lists on a real database: imported as the synthetic town writes them, changed as versions, never rebuilt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely
from cities import LAT, LON, STEP, cells, collection, write
from sqlalchemy.orm import Session

from app.errors import Conflict, FileError, Forbidden, InputError, NotFound, Refused
from app.models.matters import CodeTable
from app.rules.accounts.access import SCOPES, Caller
from app.rules.duties.duties import Place
from app.services.duties import duties, duty_import, matters
from app.services.duties.duty_import import import_duties
from app.services.duties.duty_rows import Order
from app.services.networks import layers
from app.services.progress import silent
from app.store.staff import departments as departments_store

ROOT = Caller("cli:test", frozenset(SCOPES))
SPRING, SUMMER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
HEADINGS = ("类型", "编码", "名称", "适用范围", "牵头单位", "岗位", "协办单位", "时限", "时限单位")
LITTER = ("事件", "06010", "暴露垃圾", "全域", "环卫所", "网格员", "物业服务企业、社区居委会", "4", "工作时")
LID = ("部件", "01001", "供水井盖", "440115001", "市政管理所", "", "", "停工 4 工作时; 修复 3 日", "")


@pytest.fixture
def coded(session: Session) -> Session:
    matters.load(session, ROOT)
    return session


def workbook(path: Path, *rows: tuple[Any, ...], headings: tuple[str, ...] = HEADINGS) -> Path:
    book = openpyxl.Workbook()
    for row in (headings, *rows):
        book.active.append(row)
    book.save(path)
    return path


def bring(session: Session, file: Path, when: datetime = SPRING, **choices: Any) -> dict[str, Any]:
    dry_run = choices.pop("dry_run", False)
    order = Order(when, "Asia/Shanghai", **choices)
    return import_duties(session, ROOT, order, file, choices.get("now", NOW), dry_run=dry_run)


def counts(made: dict[str, Any]) -> tuple[int, ...]:
    return tuple(made[name] for name in ("added", "changed", "unchanged", "missing", "ended"))


def test_a_list_is_read_whole_and_once(coded: Session, tmp_path: Path) -> None:
    file = workbook(tmp_path / "duties.xlsx", LITTER, LID)
    assert counts(bring(coded, file, dry_run=True)) == (2, 0, 0, 0, 0)
    assert duties.search(coded, NOW) == []
    assert counts(bring(coded, file)) == (2, 0, 0, 0, 0)
    assert counts(bring(coded, file)) == (0, 0, 2, 0, 0)
    assert counts(bring(coded, file, NOW)) == (0, 0, 2, 0, 0)
    lid, litter = duties.search(coded, NOW)
    assert (litter["scope"], litter["limits"], litter["assistants"]) == (
        "everywhere", "4 工作时", ["物业服务企业", "社区居委会"],
    )  # fmt: skip
    assert (lid["scope"], lid["limits"], lid["kind"]) == ("area:440115001", "停工 4 工作时; 修复 3 日", "component")
    assert duties.search(coded, SPRING - timedelta(seconds=1)) == []


def test_a_change_is_a_version_in_two_times(coded: Session, tmp_path: Path) -> None:
    bring(coded, workbook(tmp_path / "a.xlsx", LITTER, LID))
    slower = (*LITTER[:7], "8", "工作时")
    preview = bring(coded, workbook(tmp_path / "b.xlsx", slower, LID), SUMMER, dry_run=True)
    (change,) = preview["changes"]["changed"]
    assert change["row"] == 2
    assert (change["before"]["limits"][0]["amount"], change["after"]["limits"][0]["amount"]) == (4.0, 8.0)
    order = Order(SUMMER, "Asia/Shanghai")
    later = NOW + timedelta(days=1)
    made = import_duties(coded, ROOT, order, tmp_path / "b.xlsx", later)
    assert counts(made) == (0, 1, 1, 0, 0)
    limits = {at: [d["limits"] for d in duties.search(coded, at, matter="06010")] for at in (SPRING, SUMMER)}
    assert limits == {SPRING: ["4 工作时"], SUMMER: ["8 工作时"]}
    assert [d["limits"] for d in duties.search(coded, SUMMER, NOW, matter="06010")] == ["4 工作时"]
    versions = duties.history(coded, change["number"])
    assert [(v["valid_from"], v["valid_to"], v["recorded_to"]) for v in versions] == [
        (SPRING, None, later), (SPRING, SUMMER, None), (SUMMER, None, None),
    ]  # fmt: skip


def test_missing_lines_stay_unless_they_are_to_end(coded: Session, tmp_path: Path) -> None:
    bring(coded, workbook(tmp_path / "a.xlsx", LITTER, LID))
    file = workbook(tmp_path / "b.xlsx", LITTER)
    assert counts(bring(coded, file, SUMMER)) == (0, 0, 1, 1, 0)
    assert counts(bring(coded, file, SUMMER, list_name="another", dry_run=True)) == (1, 0, 0, 0, 0)
    assert len(duties.search(coded, NOW)) == 2
    made = bring(coded, file, SUMMER, end_missing=True)
    assert counts(made) == (0, 0, 1, 1, 1)
    assert [d["code"] for d in duties.search(coded, SUMMER)] == ["06010"]
    assert len(duties.search(coded, SPRING)) == 2


def test_every_wrong_row_is_told_and_nothing_stored(coded: Session, tmp_path: Path) -> None:
    wrong = [
        ("问题", *LITTER[1:]),
        (LITTER[0], "06999", *LITTER[2:]),
        (*LITTER[:3], "楼栋:3", *LITTER[4:]),
        (*LITTER[:4], "", *LITTER[5:]),
        (*LITTER[:8], "班次"),
        LITTER,
    ]
    with pytest.raises(Refused) as caught:
        bring(coded, workbook(tmp_path / "a.xlsx", LITTER, *wrong))
    assert [reason.split(":")[0] for reason in caught.value.reasons] == [f"row {n}" for n in range(3, 9)]
    assert "no matter '06999'" in caught.value.reasons[1]
    assert "the same line as row 2" in caught.value.reasons[5]
    assert duties.search(coded, NOW) == []


def test_headings_that_lack_and_names_that_differ(coded: Session, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="field lead"):
        bring(coded, workbook(tmp_path / "a.xlsx", ("事件", "06010"), headings=("类型", "编码")))
    made = bring(coded, workbook(tmp_path / "b.xlsx", (*LITTER[:2], "垃圾", *LITTER[3:])))
    assert [said.split(" is ")[0] for said in made["warnings"]] == ["row 2: matter 06010"]


def test_departments_are_found_by_code_or_name_and_strange_ones_refused(coded: Session, tmp_path: Path) -> None:
    departments_store.add(coded, code="HW", name="环卫所")
    departments_store.add(coded, code="PM", name="物业服务企业")
    old = departments_store.add(coded, code="SQ", name="社区居委会")
    litter = workbook(tmp_path / "a.xlsx", (*LITTER[:4], "HW", *LITTER[5:]))
    bring(coded, litter)
    (line,) = duties.search(coded, NOW, lead="HW")
    assert (line["lead"], line["lead_code"], line["assistant_codes"]) == ("环卫所", "HW", ["PM", "SQ"])
    assert duties.search(coded, NOW, lead="环卫所") == [line]
    assert duties.in_force(coded, NOW)[0].lead_code == "HW"
    departments_store.add(coded, code="HW2", name="环卫所")
    old.retired_at = NOW
    rows = [(*LITTER[:4], lead, *LITTER[5:]) for lead in ("环卫所", "HW", "环卫处")]
    with pytest.raises(Refused) as caught:
        bring(coded, workbook(tmp_path / "b.xlsx", *rows))
    several, retired, strange = caught.value.reasons
    assert "several departments are called '环卫所': write one's code (HW, HW2)" in several
    assert "'社区居委会' is retired" in retired
    assert "perhaps '环卫所'" in strange


def test_strange_departments_are_added_on_request_and_old_lines_keep_working(coded: Session, tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", LITTER)
    bring(coded, file)
    assert duties.search(coded, NOW)[0]["lead_code"] is None, "where no departments are kept, a text is a text"
    departments_store.add(coded, code="HW", name="环卫所")
    with pytest.raises(Refused, match="1 rows cannot be taken"):
        bring(coded, file)
    preview = bring(coded, file, NOW, add_departments=True, dry_run=True)
    assert preview["departments_added"] == ["物业服务企业", "社区居委会"]
    assert [d.name for d in departments_store.every(coded)] == ["环卫所"]
    made = bring(coded, file, NOW, add_departments=True)
    assert (made["changed"], made["departments_added"]) == (1, preview["departments_added"])
    assert made["changes"]["changed"][0]["before"] == {"lead_code": None, "assistant_codes": []}
    assert {d.name for d in departments_store.every(coded)} == {"环卫所", "物业服务企业", "社区居委会"}
    assert [d["lead_code"] for d in duties.search(coded, NOW)] == ["HW"]
    assert [d["lead_code"] for d in duties.search(coded, SPRING)] == [None], "what held before stays as it was"
    assert bring(coded, file, NOW, add_departments=True)["unchanged"] == 1


def test_english_csv_with_all_columns(coded: Session, tmp_path: Path) -> None:
    file = tmp_path / "duties.csv"
    file.write_text(
        "number,kind,table,code,scope,hours,lead,limits,closing,basis,replaces,valid_from,valid_to\n"
        "N1,matter,GB/T 47678.5-2026,06,area:440115,周一-周五 22:00-06:00,A,2 urgent hours,cleared,Rule 9,yes,"
        "2026-05-01,2026-09-01\nN2,component,,01001,owner:*,,,,,,,,\n",
        encoding="utf-8",
    )
    assert counts(bring(coded, file)) == (2, 0, 0, 0, 0)
    assert counts(bring(coded, file)) == (0, 0, 2, 0, 0)
    (night,) = [d for d in duties.search(coded, SUMMER) if d["number"] == "N1"]
    assert (night["replaces"], night["hours"], night["limits"]) == (True, "周一-周五 22:00-06:00", "2 紧急工作时")
    assert [d["number"] for d in duties.search(coded, NOW)] == ["N2"]


def test_what_is_exported_imports_without_a_change(coded: Session, tmp_path: Path) -> None:
    bring(coded, workbook(tmp_path / "a.xlsx", LITTER, LID))
    for name in ("out.xlsx", "out.csv"):
        assert duty_import.export_duties(coded, NOW, tmp_path / name)["rows"] == 2
        assert counts(bring(coded, tmp_path / name)) == (0, 0, 2, 0, 0)


def test_lists_keep_their_lines_apart(coded: Session, tmp_path: Path) -> None:
    numbered = workbook(tmp_path / "a.xlsx", ("N1", *LITTER), headings=("编号", *HEADINGS))
    bring(coded, numbered)
    with pytest.raises(Conflict, match="belongs to the list 'city'"):
        bring(coded, numbered, list_name="another")


def test_a_line_ends_and_its_past_stays(coded: Session, tmp_path: Path) -> None:
    bring(coded, workbook(tmp_path / "a.xlsx", ("N1", *LITTER), headings=("编号", *HEADINGS)))
    duties.end(coded, ROOT, "N1", SUMMER, NOW + timedelta(days=1))
    assert [len(duties.search(coded, at)) for at in (SPRING, SUMMER)] == [1, 0]
    assert len(duties.search(coded, SUMMER, NOW)) == 1
    with pytest.raises(Conflict, match="already"):
        duties.end(coded, ROOT, "N1", SUMMER, NOW)
    with pytest.raises(NotFound):
        duties.end(coded, ROOT, "N2", SUMMER, NOW)


def test_a_city_table_goes_before_the_standard(coded: Session, tmp_path: Path) -> None:
    """A line about a matter that the city took up speaks of it under both tables."""
    codes = tmp_path / "codes.csv"
    codes.write_text("类型,编码,名称\n事件,06010,暴露垃圾\n", encoding="utf-8")
    matters.import_table(coded, ROOT, matters.TableImport("nansha", "", SPRING), codes)
    bring(coded, workbook(tmp_path / "a.xlsx", LITTER))
    matter = duties.find_matter(coded, "matter", "06010", NOW)
    assert matter.table == "nansha"
    assert duties.choose_at(coded, matter, Place(), NOW, "Asia/Shanghai").lead == "环卫所"
    assert coded.query(CodeTable).count() == 3
    with pytest.raises(NotFound, match="no matter '99999'"):
        duties.find_matter(coded, "matter", "99999", NOW)


def test_the_first_to_claim_an_ownerless_object_is_recorded(coded: Session, tmp_path: Path) -> None:
    rows = [("部件", "01001", "供水井盖", f"owner:{name}", name, "", "", "", "") for name in ("水务集团", "电信公司")]
    bring(coded, workbook(tmp_path / "a.xlsx", *rows))
    lid = duties.find_matter(coded, "component", "01001", NOW)
    before = duties.choose_at(coded, lid, Place(), NOW, "Asia/Shanghai", claimed="井盖 7")
    assert (before.lead, before.candidates) == ("", ("水务集团", "电信公司"))
    with pytest.raises(InputError, match="no candidate"):
        duties.claim(coded, ROOT, lid, "井盖 7", "街道办", NOW)
    duties.claim(coded, ROOT, lid, "井盖 7", "电信公司", NOW)
    duties.claim(coded, ROOT, lid, "井盖 7", "电信公司", NOW)
    with pytest.raises(Conflict, match="claimed by 电信公司 first"):
        duties.claim(coded, ROOT, lid, "井盖 7", "水务集团", NOW)
    after = duties.choose_at(coded, lid, Place(), NOW, "Asia/Shanghai", claimed="井盖 7")
    assert after.lead == "电信公司"


def test_only_administrators_change_duties(coded: Session, tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", LITTER)
    planner = Caller("user:wang", frozenset({"plan", "lookup"}))
    with pytest.raises(Forbidden):
        import_duties(coded, planner, Order(SPRING, "UTC"), file, NOW)
    with pytest.raises(Forbidden):
        duties.end(coded, planner, "N1", SUMMER, NOW)


def test_roads_and_zones_are_looked_up_at_the_point(coded: Session, tmp_path: Path) -> None:
    """A zone holds where it lies, a road 15 m beside its line (a ten-thousandth of a degree is 11 m)."""
    market = write(tmp_path / "zones.geojson", collection([({"code": "m"}, cells(0, 0, 1, 1))]))
    road = write(
        tmp_path / "roads.geojson", collection([({"code": "r"}, shapely.LineString([(LON, LAT), (LON, LAT + 1)]))])
    )
    for kind, name, file in (("blocks", "zones", market), ("barriers", "roads", road)):
        order = {"kind": kind, "name": name, "file": file, "code_field": "code"}
        layers.import_layer_step(coded, ROOT, order, silent())
    places = ("zone:zones/m", "road:roads/r", "全域")
    rows = [(*LITTER[:3], scope, scope, *LITTER[5:]) for scope in places]
    bring(coded, workbook(tmp_path / "a.xlsx", *rows))
    litter = duties.find_matter(coded, "matter", "06010", NOW)
    inside, beside, away = (LON + STEP / 2, LAT + STEP / 2), (LON - 1e-4, LAT + STEP * 3), (LON - 2e-4, LAT + STEP * 3)
    leads = [duties.choose_at(coded, litter, Place(), NOW, "UTC", point=point).lead for point in (inside, beside, away)]
    assert leads == list(places)
