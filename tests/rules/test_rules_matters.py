"""Codes, classes, extensions, and finding matters by words."""

from __future__ import annotations

import pytest

from app.errors import InputError
from app.rules.duties.matters import Matter, check_code, find, kind_of, names_matter, parse_extension

LITTER = Matter("matter", "06010", "暴露垃圾", "市容环境类", "city", "GB/T 47678.5-2026")
LID = Matter("component", "01001", "供水井盖", "市政公用设施", "GB/T 47678.5-2026", "GB/T 47678.5-2026")
LID_ABNORMAL = Matter("matter", "01001", "供水井盖异常", "市政公用设施类", "city", "GB/T 47678.5-2026")


def test_the_kind_is_part_of_the_key() -> None:
    assert LID.key != LID_ABNORMAL.key
    assert (kind_of("事件"), kind_of("部件"), kind_of("Event")) == ("matter", "component", "matter")
    with pytest.raises(InputError, match="no kind"):
        kind_of("问题")


@pytest.mark.parametrize(
    ("code", "table", "closeness"),
    [("06010", "city", 3), ("06010", "GB/T 47678.5-2026", 3), ("06", "city", 2), ("*", "city", 1), ("07", "city", 0),
     ("060101", "city", 0), ("06010", "GB/T 30428.2-2013", 0)],
)  # fmt: skip
def test_a_code_is_closer_than_its_class_and_means_what_its_table_says(code: str, table: str, closeness: int) -> None:
    assert names_matter(code, table, LITTER) == closeness


def test_an_extension_holds_codes_of_its_kind_and_length() -> None:
    extension = parse_extension("matter:06900-06999")
    held = [("matter", "06900"), ("matter", "06999"), ("component", "06950"), ("matter", "6950"), ("matter", "07000")]
    assert [extension.holds(*key) for key in held] == [True, True, False, False, False]
    assert parse_extension("0690-0699").kind == "matter"


@pytest.mark.parametrize("text", ["06900", "06999-06900", "069-06999", "a-b", "roads:1-2"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_extension(text)


@pytest.mark.parametrize("code", ["", "01 001", "０１", "0" * 21, "01-1"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(InputError):
        check_code(code)


def test_words_find_the_likeliest_first() -> None:
    found = find("井盖", [LITTER, LID, LID_ABNORMAL])
    assert [matter.key for _, matter in found] == [LID.key, LID_ABNORMAL.key]
    assert find("垃圾满地", [LITTER, LID])[0][0] == pytest.approx(1 / 3)  # of 垃圾, 圾满, 满地 one is in 暴露垃圾
    assert [matter.code for _, matter in find("0601", [LITTER, LID])] == ["06010"]
    assert find("  ", [LITTER]) == []
