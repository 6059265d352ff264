"""Reasons as codes: every code has both languages with the same values, and is described."""

from __future__ import annotations

import json
from pathlib import Path
from string import Formatter

import pytest

from app.rules.sayings import CHINESE, SENTENCES, Said, read_said, text_of

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "reasons.md"
ONLY_NAMES = {"role": "role_name", "wanted": "wanted_name", "kind": "kind_name"}


def values_of(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", SENTENCES)
def test_both_languages_say_the_same_and_the_guide_has_it(code: str) -> None:
    english, chinese = SENTENCES[code]
    told = {ONLY_NAMES.get(name, name) for name in values_of(english)}
    assert {ONLY_NAMES.get(name, name) for name in values_of(chinese)} == told
    assert not english.isspace()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
    row = next(line for line in GUIDE.read_text("utf-8").splitlines() if line.startswith(f"| `{code}` |"))
    assert english in row
    assert chinese in row


def test_a_reason_inside_a_reason_is_told_in_its_language_and_survives_being_kept() -> None:
    shift = Said("off_shift_until", {"until": "2026-01-06 08:00"})
    said = (Said("nobody_answers", {"because": shift}), Said("took_share", {"grid": "B", "old": "A", "share": 0.25}))
    assert text_of(said) == (
        "nobody who answers is on duty: off shift until 2026-01-06 08:00; "
        "the point lies in B, which took 25% of the ground of A"
    )
    assert text_of(said, CHINESE) == (
        "应答人员都不在岗：不当班，2026-01-06 08:00 接班；该点位于 B，它接收了 A 25% 的范围"
    )
    kept = json.loads(json.dumps([each.to_dict() for each in said]))
    assert read_said(kept) == said
    assert read_said([{"code": "of a later day", "values": {}}]) == ()
