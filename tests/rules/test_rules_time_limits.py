"""Limits as cities' lists write them (data/sample_grids/codes/time_limits.csv names where they were seen)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.rules.duties.time_limits import NAMES, Limit, parse_limits, write_limits


@pytest.mark.parametrize(
    ("text", "unit", "limits"),
    [
        ("4", "工作时", [Limit(4, "working_hours")]),
        ("4 工作时", "", [Limit(4, "working_hours")]),
        ("2紧急工作时", "工作日", [Limit(2, "urgent_hours")]),
        ("1.5", "working days", [Limit(1.5, "working_days")]),
        ("3 天", "", [Limit(3, "days")]),
        ("", "", []),
        (
            "停工 4 工作时; 处罚 7 日；拆除 20 日",
            "",
            [Limit(4, "working_hours", "停工"), Limit(7, "days", "处罚"), Limit(20, "days", "拆除")],
        ),
        ("破损>25cm2：4 工作时", "", [Limit(4, "working_hours", "破损>25cm2")]),
    ],
)
def test_limits(text: str, unit: str, limits: list[Limit]) -> None:
    assert list(parse_limits(text, unit)) == limits


@pytest.mark.parametrize(("text", "unit"), [("4", ""), ("soon", ""), ("0 日", ""), ("4", "班次"), ("999999 日", "")])
def test_what_is_no_limit_is_refused(text: str, unit: str) -> None:
    with pytest.raises(InputError):
        parse_limits(text, unit)


limits = st.builds(
    Limit,
    st.integers(1, 99_999).map(lambda n: n / 4),
    st.sampled_from(sorted(NAMES)),
    st.sampled_from(["", "停工", "恢复通行", "到场 一般"]),
)


@given(st.lists(limits, max_size=4))
def test_what_is_written_is_read_again(made: list[Limit]) -> None:
    assert list(parse_limits(write_limits(made))) == made


def test_limits_seen_in_lists_are_read_or_refused_by_name(project: Path) -> None:
    """Ranges and arrows are not amounts: they are refused, never guessed."""
    with (project / "data" / "sample_grids" / "codes" / "time_limits.csv").open(encoding="utf-8") as file:
        texts = [row["limit"] for row in csv.DictReader(file)]
    assert sum(_reads(text) for text in texts) >= 12


def _reads(text: str) -> bool:
    try:
        return bool(parse_limits(text))
    except InputError:
        return False
