"""Figures of whistles against pandas."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.rules.cases.whistles import Call, figures, score_of_stars

START = datetime(2026, 11, 20, 1, tzinfo=UTC)
NOW = START + timedelta(days=3)
MINUTES = st.one_of(st.none(), st.integers(0, 600))


@st.composite
def calls(draw: st.DrawFn) -> Call:
    called = START + timedelta(minutes=draw(st.integers(0, 600)))
    answered, arrived, limit = draw(MINUTES), draw(MINUTES), draw(MINUTES)

    def after(minutes: int | None) -> datetime | None:
        return None if minutes is None else called + timedelta(minutes=minutes)

    score = draw(st.one_of(st.none(), st.integers(0, 100)))
    return Call(
        draw(st.sampled_from(["police", "fire", "water"])), draw(st.sampled_from(["J001", "S001"])), called,
        after(answered), after(arrived), after(limit), score,
    )  # fmt: skip


@given(st.lists(calls(), min_size=1, max_size=40), st.sampled_from(["department", "grid"]))
def test_figures_are_those_of_pandas(found: list[Call], by: str) -> None:
    frame = pd.DataFrame([vars(call) for call in found])
    for column in ("called_at", "answered_at", "arrived_at", "answer_by"):
        frame[column] = pd.to_datetime(frame[column], utc=True)
    frame["score"] = frame["score"].astype(float)
    frame["minutes"] = (frame["arrived_at"] - frame["called_at"]).dt.total_seconds() / 60
    frame["late"] = frame["arrived_at"].fillna(pd.Timestamp(NOW)) > frame["answer_by"]
    groups = frame.groupby(by, sort=True)
    for made, (name, group) in zip(figures(found, by, NOW), groups, strict=True):
        assert (made.name, made.calls) == (name, len(group))
        assert (made.answered, made.arrived, made.scored) == tuple(group[["answered_at", "minutes", "score"]].count())
        assert made.late == group["late"].sum()
        assert made.share_answered == pytest.approx(group["answered_at"].notna().mean())
        for ours, theirs in (
            (made.median_minutes, group["minutes"].median()),
            (made.mean_score, group["score"].mean()),
        ):
            assert (ours is None) == pd.isna(theirs)
            assert ours is None or ours == pytest.approx(theirs)


def test_stars_are_points() -> None:
    assert [score_of_stars(stars) for stars in (1, 3.5, 5)] == [20, 70, 100]
    for wrong in (0, 6):
        with pytest.raises(InputError):
            score_of_stars(wrong)
    with pytest.raises(InputError):
        figures([], "colour", NOW)
