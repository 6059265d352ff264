"""What residents are told of trails, codes that people type, and photographs told by their first bytes."""

from __future__ import annotations

import io
import random
import string
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from random_trails import trail_of, walks

from app.errors import InputError
from app.rules.cases import follow_codes
from app.rules.cases.actions import ACTIONS, STAGES
from app.rules.cases.cases import replay
from app.rules.cases.photos import HEAD, photo_kind
from app.rules.cases.public_reports import PUBLIC, STEPS, TO_RESIDENTS, TOLD, closing_words, public_trail, score_of
from app.rules.cases.trail import Step

NOW = datetime(2026, 11, 20, tzinfo=UTC)
CODES = st.lists(st.integers(0, 31), min_size=follow_codes.SYMBOLS, max_size=follow_codes.SYMBOLS)


@given(numbers=CODES, seed=st.integers(0, 10**6))
def test_a_code_is_read_however_it_is_written(numbers: list[int], seed: int) -> None:
    code, rng = follow_codes.made_of(numbers), random.Random(seed)
    alike = {"0": "0oO", "1": "1lLiI"}
    typed = "".join(rng.choice(alike.get(each, each + each.lower())) for each in follow_codes.grouped(code))
    assert follow_codes.plain(f"  {typed.replace('-', rng.choice(['-', ' ', '']))} ") == code


@pytest.mark.parametrize("text", ["", "0" * 19, "0" * 21, "U" * 20, "é" * 20, "0" * 19 + "\0"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="follow code"):
        follow_codes.plain(text)


@pytest.mark.parametrize(("form", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("AVIF", "heic")])
def test_photographs_are_known_by_their_bytes(form: str, ending: str) -> None:
    """Written by Pillow."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, form)
    kind = photo_kind(file.getvalue()[:HEAD])
    assert kind is not None
    assert kind.ending == ending


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PDF", "ICO"])
def test_other_pictures_are_none(form: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, form)
    assert photo_kind(file.getvalue()[:HEAD]) is None


@given(st.binary(max_size=HEAD))
def test_short_and_random_bytes_do_no_harm(head: bytes) -> None:
    kind = photo_kind(head)
    assert kind is None or kind.media_type.startswith("image/")


def test_every_stage_has_a_step_in_plain_words() -> None:
    assert set(STEPS) == {"", *STAGES}
    assert set(TOLD) <= set(ACTIONS)


@given(walks)
def test_of_staff_only_the_words_for_residents_are_told(walk: Any) -> None:
    trail = trail_of(walk)
    for step, told in zip([step for step in trail if _is_told(step)], public_trail(trail), strict=True):
        assert (told.what, told.at) == (TOLD[step.action], step.at)
        assert told.words == (step.reason if step.action in TO_RESIDENTS else "")
    assert STEPS[replay(trail).stage] in STEPS.values()


def _is_told(step: Step) -> bool:
    return step.action in TOLD and (step.action != "note" or step.actor == PUBLIC)


def test_closing_words_are_those_of_the_end_and_gone_when_it_opens_again() -> None:
    def at(action: str, minutes: int, reason: str = "", actor: str = "user:zhao") -> Step:
        return Step(action, NOW + timedelta(minutes=minutes), actor, reason=reason)

    trail = [at("close", 1, "done")]
    assert closing_words([]) == ""
    assert closing_words(trail) == "done"
    trail.append(at("evaluate", 2, "thank you", PUBLIC))
    assert closing_words(trail) == "done"
    assert public_trail(trail)[-1].words == "thank you"
    assert closing_words([*trail, at("reopen", 3, "not done")]) == ""


def test_a_delay_is_told_with_the_moment_that_was_asked_for() -> None:
    until = NOW + timedelta(days=3)
    asked = Step("request_delay", NOW, "user:zhao", reason="parts", until=until)
    (told,) = public_trail([asked, Step("approve_delay", NOW, "user:wang")])
    assert (told.what, told.until, told.words) == ("delayed", until, "")


def test_stars_are_scores() -> None:
    assert [score_of(stars) for stars in range(1, 6)] == [20, 40, 60, 80, 100]
    assert len(set(follow_codes.ALPHABET) | set("ILOU")) == len(string.digits + string.ascii_uppercase)
