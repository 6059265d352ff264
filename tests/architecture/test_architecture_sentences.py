"""The Chinese catalogue of sentences and the code that says them in English: neither has what the other lacks."""

from __future__ import annotations

import re
from collections import Counter
from string import Formatter

import pytest

from app.api.problems import KINDS
from app.api.sentences.catalogue import FILE, WORD, catalogue, literals_of, templates
from app.rules.sayings import SENTENCES
from scripts.sentences import SILENT, Collector, kept

HAN = re.compile(r"[一-鿿]")
NAMES = re.compile(r"[A-Za-z/（），、。：0-9 .]+")  # formats: the same words in both languages


@pytest.fixture(scope="module")
def spoken(texts: dict[str, str]) -> dict[str, str]:
    return Collector(texts).collect()


def test_every_sentence_of_the_code_has_chinese_words(spoken: dict[str, str]) -> None:
    missing = {template: where for template, where in spoken.items() if template not in kept()}
    assert not missing, f"add to {FILE.name} (python -m scripts.sentences prints them): {missing}"


def test_no_chinese_words_for_what_nobody_says(spoken: dict[str, str]) -> None:
    assert not set(kept()) - set(spoken)
    assert not SILENT & set(kept())


def test_holes_agree() -> None:
    for english, chinese in templates().items():
        holes = [hole for _, hole, _, _ in Formatter().parse(english) if hole is not None]
        assert holes == [str(at) for at in range(len(holes))], english
        told = Counter(hole for _, hole, _, _ in Formatter().parse(chinese) if hole is not None)
        assert set(told) <= set(holes), (english, chinese)
        assert {spec for *_, spec, _ in Formatter().parse(chinese)} <= {"", None, WORD}, chinese


def test_chinese_is_chinese() -> None:
    for english, chinese in templates().items():
        words = "".join(literals_of(chinese))
        assert HAN.search(words) or NAMES.fullmatch(words) or words in "：）（”“", (english, chinese)
        assert "onegrid " not in chinese, "a planner types no commands"
        assert not re.search(r"(^| )--[a-z]", chinese), "a planner gives no options"


def test_titles_of_problems_and_reasons_with_codes_have_words() -> None:
    assert {kind.title for kind in KINDS} <= set(catalogue().words)
    assert len(templates()) >= len(kept()) + len(SENTENCES) * 0.9


def test_the_collector_sees_what_an_engineer_adds() -> None:
    said = {
        "app/errors.py": "class OneGridError(Exception): ...\nclass InputError(OneGridError): ...\n"
        "class Refused(OneGridError): ...\n",
        "app/services/x.py": "from app.errors import InputError, Refused\n\nLIMIT = 3\nHINT = 'try again'\n\n"
        "def f(a, b):\n    detail = f'{a} is too long' if b else 'nothing is there'\n    raise InputError(detail)\n\n"
        "def g(a):\n    raise Refused(f'no {a!r}; {HINT}', [f'more than {LIMIT} of {each}' for each in a])\n\n"
        "def h(problem):\n    raise InputError(problem)\n\ndef i():\n    h('passed on by name')\n",
        "app/cli/y.py": "from app.errors import InputError\nraise InputError('only for a terminal')\n",
    }
    assert set(Collector(said).collect()) == {
        "{0} is too long", "nothing is there", "no {0}; try again", "more than {0} of {1}", "passed on by name",
    }  # fmt: skip
