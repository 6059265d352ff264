from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.errors import InputError
from app.rules.time.moments import parse_moment

NINE_IN_NANSHA = datetime(2026, 11, 21, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T09:00:00+08:00", "2026-11-21T09:00:00 08:00", "2026-11-21 09:00", "2026/11/21 09:00:00",
        "2026-11-21T01:00:00Z", " 2026-11-21T09:00+0800 ", "2026-11-21T09:00:00+08", "2026-11-20T20:00:00-05:00",
    ],
)  # fmt: skip
def test_one_moment_in_many_spellings(text: str) -> None:
    assert parse_moment(text, "Asia/Shanghai") == NINE_IN_NANSHA


def test_a_date_is_its_first_instant_in_the_zone() -> None:
    assert parse_moment("2026-11-21", "Asia/Shanghai") == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert parse_moment("2026-11-21", "UTC") == datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "now", "21.11.2026", "2026-13-01", "1479690000", "2026-11-21T25:00"])
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="write 2026-11-21"):
        parse_moment(text, "Asia/Shanghai")
