"""The national tables side by side, and a city's own, on a real database."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, Refused
from app.rules.accounts.access import SCOPES, Caller
from app.rules.duties.matters import Matter, parse_extension
from app.services.duties import matters
from app.services.networks.samples import CODES

ROOT = Caller("cli:test", frozenset(SCOPES))
NEW, OLD = "GB/T 47678.5-2026", "GB/T 30428.2-2013"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
OWN = matters.TableImport("nansha", "南沙", datetime(2026, 3, 1, tzinfo=UTC), (parse_extension("06900-06999"),))


def listed(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["类型,编码,名称", *rows]), encoding="utf-8")
    return path


def test_both_national_tables_are_loaded_once(session: Session) -> None:
    assert matters.load(session, ROOT)["loaded"] == {OLD: 95, NEW: 403}
    assert matters.load(session, ROOT)["loaded"] == {}
    both = matters.search(session, NOW)
    assert len(both) == 498
    named = {(m["table"], m["kind"]): m["name"] for m in both if m["code"] == "01001"}
    assert named == {(NEW, "component"): "供水井盖", (NEW, "matter"): "供水井盖异常"}
    assert len(matters.search(session, datetime(2020, 1, 1, tzinfo=UTC))) == 95
    notes = [table["note"] for table in matters.describe_tables(session)]
    assert all("not checked against the printed standard" in note for note in notes)


def test_the_crosswalk_says_how_certain_it_is(session: Session) -> None:
    matters.load(session, ROOT)
    rows = matters.crosswalk(session)
    assert (len(rows), sum(row["certainty"] == "confirmed" for row in rows)) == (95, 14)
    assert [(row["old"], row["certainty"]) for row in matters.crosswalk(session, "06036")] == [("0136", "confirmed")]
    inferred = {row["old"] for row in rows if row["certainty"] == "inferred"}
    old = matters.search(session, NOW, table=OLD)
    assert {row["code"] for row in old if row["certainty"] == "inferred"} == inferred


def test_a_city_takes_up_matters_and_adds_its_own(session: Session, tmp_path: Path) -> None:
    matters.load(session, ROOT)
    file = listed(tmp_path / "a.csv", "事件,06010,暴露垃圾", "部件,01001,供水井盖", "事件,06901,榴莲壳")
    assert matters.import_table(session, ROOT, OWN, file, dry_run=True)["added"] == 3
    assert matters.search(session, NOW, words="榴莲") == []
    made = matters.import_table(session, ROOT, OWN, file)
    assert (made["added"], made["own"]) == (3, 1)
    assert matters.import_table(session, ROOT, OWN, file)["added"] == 0
    works_by = matters.in_force(session, NOW)
    assert [(m.key, m.origin) for m in works_by] == [
        (("component", "01001"), NEW), (("matter", "06010"), NEW), (("matter", "06901"), "nansha"),
    ]  # fmt: skip
    assert len(matters.in_force(session, datetime(2026, 2, 1, tzinfo=UTC))) == 403
    matters.add(session, ROOT, "nansha", Matter("matter", "06902", "荔枝壳"), NOW)
    with pytest.raises(Conflict, match="already"):
        matters.add(session, ROOT, "nansha", Matter("matter", "06902", "荔枝壳"), NOW)
    with pytest.raises(Conflict, match="national"):
        matters.add(session, ROOT, NEW, Matter("matter", "06902", "荔枝壳"), NOW)


def test_a_new_name_begins_and_the_old_one_ends(session: Session, tmp_path: Path) -> None:
    matters.load(session, ROOT)
    matters.import_table(session, ROOT, OWN, listed(tmp_path / "a.csv", "事件,06901,榴莲壳"))
    later = matters.TableImport("nansha", "", datetime(2026, 6, 1, tzinfo=UTC), OWN.extensions)
    made = matters.import_table(session, ROOT, later, listed(tmp_path / "b.csv", "事件,06901,果壳"))
    assert (made["added"], made["renamed"]) == (0, 1)
    names = [matters.in_force(session, datetime(2026, month, 1, tzinfo=UTC))[0].name for month in (5, 6)]
    assert names == ["榴莲壳", "果壳"]


def test_every_wrong_row_is_told_and_nothing_stored(session: Session, tmp_path: Path) -> None:
    matters.load(session, ROOT)
    rows = ("事件,06010,暴露垃圾", "事件,06010,又一次", "问题,06010,x", "事件,06500,不在范围", "事件,06901,")
    with pytest.raises(Refused) as caught:
        matters.import_table(session, ROOT, OWN, listed(tmp_path / "a.csv", *rows))
    assert [reason.split(":")[0] for reason in caught.value.reasons] == ["row 3", "row 4", "row 5", "row 6"]
    assert "nansha" not in {table["table"] for table in matters.describe_tables(session)}


def test_only_administrators_change_tables(session: Session) -> None:
    with pytest.raises(Forbidden):
        matters.load(session, Caller("user:wang", frozenset({"plan", "lookup"})))


def test_the_sample_matters_are_rows_of_the_table_of_2026() -> None:
    tables = [CODES / "matters.csv", CODES / "gbt_47678_5_2026.csv"]
    rows = [{(r["kind"], r["code"], r["name"]) for r in csv.DictReader(t.open(encoding="utf-8"))} for t in tables]
    assert len(rows[0]) == 66
    assert rows[0] <= rows[1]
