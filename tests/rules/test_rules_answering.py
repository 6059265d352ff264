"""Who answers for a duty on a grid: the duty's role, the chief, a member; and who would stand in next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.rules.staff.answering import answering, next_in_line
from app.rules.staff.rosters import Away, Entry, Held, Times

NOW = datetime(2026, 11, 20, tzinfo=UTC)
EVER = Times(None, None)


def entry(post: int, role: str, on_duty: bool = True) -> Entry:
    return Entry(post, role, post * 10, post * 10, on_duty, "said so")


CHIEF, MEMBER, CLEANER = entry(1, "grid_chief"), entry(2, "grid_member"), entry(3, "sanitation_worker")
OFF_CHIEF, OFF_CLEANER = entry(1, "grid_chief", False), entry(3, "sanitation_worker", False)


@pytest.mark.parametrize(
    ("entries", "role", "post", "on_duty"),
    [
        ([CHIEF, MEMBER, CLEANER], "sanitation_worker", 3, True),
        ([CHIEF, MEMBER, CLEANER], "", 1, True),
        ([CHIEF, MEMBER, OFF_CLEANER], "sanitation_worker", 1, True),
        ([OFF_CHIEF, MEMBER, OFF_CLEANER], "sanitation_worker", 2, True),
        ([OFF_CHIEF, OFF_CLEANER], "sanitation_worker", 3, False),
        ([OFF_CHIEF], "sanitation_worker", 1, False),
        ([CLEANER], "", None, False),
        ([], "sanitation_worker", None, False),
    ],
)
def test_who_answers(entries: list[Entry], role: str, post: int | None, on_duty: bool) -> None:
    found = answering(entries, role)
    assert (found.entry.post if found.entry else None, found.on_duty) == (post, on_duty)
    assert found.why


def test_next_in_line_is_the_first_substitute_who_is_there() -> None:
    term = Held(3, 30, "sanitation_worker", EVER, substitutes=(30, 41, 42, 43))
    away = {41: [Away(41, EVER)]}
    assert next_in_line([term], CLEANER, away, NOW, None) == 42
    standing = Entry(3, "sanitation_worker", 30, 42, True, "substitute 2 stands in")
    assert next_in_line([term], standing, away, NOW, None) == 43
    assert next_in_line([], CLEANER, away, NOW, None) is None
    assert next_in_line([Held(3, 30, "x", Times(None, NOW), substitutes=(41,))], CLEANER, {}, NOW, None) is None
