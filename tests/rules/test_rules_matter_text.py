"""What complaints mean, by names and everyday words of matters: ranked, told by fragments, measured on sentences that
the words were not made from."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.rules.duties.matter_text import MatterText, Suggestion, is_clear
from app.rules.duties.matters import Matter
from app.services.duties.matter_words import TABLE, index_of
from app.services.networks.samples import CODES

SENTENCES = Path(__file__).resolve().parent.parent / "data" / "complaints.csv"


@pytest.fixture(scope="module")
def matters() -> list[Matter]:
    with (CODES / "gbt_47678_5_2026.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "matter"]
    return [Matter(row["kind"], row["code"], row["name"], row["category"], TABLE, TABLE) for row in rows]


@pytest.fixture(scope="module")
def sentences() -> list[tuple[str, set[str]]]:
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return [(row["text"], set(row["expected"].split("|"))) for row in rows]


def share(index: MatterText, sentences: list[tuple[str, set[str]]], first: int) -> float:
    found = [{each.matter.code for each in index.suggest(text)[:first]} for text, _ in sentences]
    return sum(bool(codes & right) for codes, (_, right) in zip(found, sentences, strict=True)) / len(sentences)


def test_complaints_are_understood_as_well_as_measured(
    matters: list[Matter], sentences: list[tuple[str, set[str]]]
) -> None:
    """Figures of docs/routing.md; names alone find a fifth."""
    assert len(sentences) >= 120
    index, names = index_of(matters), MatterText([(matter, ()) for matter in matters])
    assert share(index, sentences, 1) >= 0.70
    assert share(index, sentences, 3) >= 0.84
    assert share(names, sentences, 1) <= 0.25


def test_what_is_clear_is_mostly_right(matters: list[Matter], sentences: list[tuple[str, set[str]]]) -> None:
    """Whoever goes by a clear suggestion without a person is right nine times out of ten."""
    index = index_of(matters)
    clear = [(found[0].matter.code, right) for text, right in sentences if is_clear(found := index.suggest(text))]
    assert len(clear) >= len(sentences) * 0.4
    assert sum(code in right for code, right in clear) / len(clear) >= 0.9


def test_every_matter_has_words_and_every_word_a_matter(matters: list[Matter]) -> None:
    with (CODES / "matter_words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["kind"], row["code"]) for row in rows] == sorted(matter.key for matter in matters)
    assert all(word.strip() == word and word for row in rows for word in row["words"].split("、"))


def test_a_suggestion_says_what_it_was_found_by(matters: list[Matter]) -> None:
    found = index_of(matters).suggest("路灯不亮，ＬＥＤ也坏")
    assert found[0].matter.code == "01037"
    assert found[0].fragments[0] == "路灯不亮"
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert all(0 < each.score < 1 for each in found)


@pytest.mark.parametrize("text", ["", "   ", "！！！", "zzz", "嗯"])
def test_what_says_nothing_finds_nothing(matters: list[Matter], text: str) -> None:
    assert index_of(matters).suggest(text) == []


def test_own_matters_are_found_by_name_and_those_taken_up_by_words() -> None:
    own = Matter("matter", "06901", "珠江游船噪声", "", "city", "city")
    taken = Matter("matter", "01037", "路灯故障", "", "city", TABLE)
    index = index_of([own, taken, Matter("matter", "01037", "路灯异常", "", TABLE, TABLE)])
    assert index.suggest("游船噪声大")[0].matter == own
    assert [each.matter for each in index.suggest("街灯灭了")] == [taken], (
        "each key once, of the table that comes first"
    )


def test_clear_needs_a_score_and_a_distance() -> None:
    one, other = (Matter("matter", code) for code in ("1", "2"))
    assert not is_clear([])
    assert not is_clear([Suggestion(one, 0.4, ())])
    assert is_clear([Suggestion(one, 0.6, ())])
    assert not is_clear([Suggestion(one, 0.6, ()), Suggestion(other, 0.58, ())])
