"""What was answered once is answered for ever: duty lines in two times, against a list of what was said each day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.errors import Conflict, OneGridError
from app.files.lists import ListFile
from app.rules.accounts.access import SCOPES, Caller
from app.services.duties import duties, matters
from app.services.duties.duty_import import import_rows
from app.services.duties.duty_rows import Order

ROOT = Caller("cli:test", frozenset(SCOPES))
DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS = ["number", "kind", "code", "lead", "valid_to"]

imports = st.tuples(
    st.just("import"),
    st.integers(0, 6),  # the day from which it holds
    st.dictionaries(st.sampled_from(["N1", "N2"]), st.sampled_from(["a", "b", "c"]), min_size=1),
    st.booleans(),  # end what is missing
)
ends = st.tuples(st.just("end"), st.integers(0, 6), st.sampled_from(["N1", "N2"]), st.just(False))


def do(session: Session, step: tuple[Any, ...], now: datetime) -> None:
    what, day, said, end_missing = step
    at = FIRST + day * DAY
    if what == "end":
        duties.end(session, ROOT, said, at, now)
        return
    rows = [
        (n, {"number": number, "kind": "matter", "code": "06010", "lead": lead, "valid_to": ""})
        for n, (number, lead) in enumerate(sorted(said.items()), 2)
    ]
    import_rows(session, ROOT, Order(at, "UTC", "city", end_missing), ListFile("lines", FIELDS, rows), now)


def answers(session: Session, known: datetime | None) -> list[dict[str, str]]:
    """Number → lead on each day."""
    return [
        {row["number"]: row["lead"] for row in duties.search(session, FIRST + day * DAY, known)} for day in range(8)
    ]


@settings(max_examples=15)
@given(st.lists(imports | ends, min_size=1, max_size=5))
def test_the_past_stays_as_it_was_known(session: Session, steps: list[tuple[Any, ...]]) -> None:
    with session.begin_nested() as kept:
        matters.load(session, ROOT)
        said: list[tuple[datetime, list[dict[str, str]]]] = []
        for number, step in enumerate(steps):
            now = FIRST + timedelta(days=100 + number)
            before = answers(session, None)
            try:
                do(session, step, now)
            except OneGridError as error:
                assert isinstance(error, Conflict) or "no duty" in str(error)  # noqa: PT017  and nothing changed
                assert answers(session, None) == before
            else:
                expect(step, before, answers(session, None))
            said.append((now + timedelta(hours=1), answers(session, None)))
            assert [answers(session, known) for known, _ in said] == [told for _, told in said]
        kept.rollback()


def expect(step: tuple[Any, ...], before: list[dict[str, str]], after: list[dict[str, str]]) -> None:
    """Before its day nothing changes; on it, what was said holds."""
    what, day, said, end_missing = step
    assert after[:day] == before[:day]
    if what == "end":
        assert all(said not in told for told in after[day:])
    else:
        assert {number: after[day][number] for number in said} == said
        assert not end_missing or after[day] == said
