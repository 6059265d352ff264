"""Which matter words mean: names and everyday words of each matter against a text, by pairs and triples of letters.

A small ranking by BM25 (Robertson & Zaragoza 2009, k1 = 1.2, b = 0.3) over the phrases of each matter, with a bonus for
a phrase that the text has whole. Nothing is learnt; every score can be told from the fragments that matched.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.rules.duties.matters import Matter

K1, B = 1.2, 0.3
WEIGHTS = {1: 0.15, 2: 1.0, 3: 1.3}  # by letters: one alone says little
WHOLE = 0.6  # how much more a phrase counts that the text has whole
HALF = 12.0  # the raw score that is told as 0.5
CLEAR, MARGIN = 0.5, 0.06
FUNCTION = frozenset(
    "的了一在有没无上下里内外到都是个人着把被不过去来很我们他她你它这那和与又也就还要会能可大小好多几天"
)
"""Letters that say where, when or how much of anything: what is made of them says little of what it is about."""
LONGEST = 500
BARE = re.compile(r"异常|问题|（.*?）|\(.*?\)")
_WORD = re.compile(r"[0-9a-z]+|[\u3400-\u9fff]+")


@dataclass(frozen=True)
class Suggestion:
    """A matter that a text may mean. `score` is from 0 to 1; `fragments` of the text are what it was found by."""

    matter: Matter
    score: float
    fragments: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    matter: Matter
    phrases: tuple[str, ...]
    grams: Counter[str]
    length: float


class MatterText:
    """Immutable index of matters by the words that mean them."""

    def __init__(self, matters: Iterable[tuple[Matter, Sequence[str]]]) -> None:
        """Matters, each with everyday words beside its name."""
        self._entries = [_entry(matter, words) for matter, words in matters]
        seen = Counter(gram for entry in self._entries for gram in entry.grams)
        count = len(self._entries)
        self._idf = {gram: math.log(1 + (count - n + 0.5) / (n + 0.5)) for gram, n in seen.items()}
        self._mean = sum(entry.length for entry in self._entries) / count if count else 1.0

    def suggest(self, text: str, limit: int = 5) -> list[Suggestion]:
        """The likest first, ties by key; nothing for a text that shares no pair of letters with any matter."""
        runs = _runs(text[:LONGEST])
        grams = {gram for run in runs for gram in _grams(run)}
        found = [(raw, entry) for entry in self._entries if (raw := self._score(entry, grams, runs)) > 0]
        found.sort(key=lambda pair: (-pair[0], pair[1].matter.key, pair[1].matter.table))
        return [
            Suggestion(entry.matter, round(raw / (raw + HALF), 3), _fragments(runs, entry))
            for raw, entry in found[:limit]
        ]

    def _score(self, entry: _Entry, grams: set[str], runs: Sequence[str]) -> float:
        shared = [gram for gram in entry.grams if gram in grams]
        if not any(len(gram) > 1 for gram in shared):
            return 0.0
        damped = K1 * (1 - B + B * entry.length / self._mean)
        score = 0.0
        for gram in shared:
            often = entry.grams[gram]
            score += self._weight(gram) * often * (K1 + 1) / (often + damped)
        whole = [phrase for phrase in entry.phrases if any(phrase in run for run in runs)]
        return score + WHOLE * max((sum(map(self._weight, set(_grams(phrase)))) for phrase in whole), default=0.0)

    def _weight(self, gram: str) -> float:
        content = sum(letter not in FUNCTION for letter in gram) / len(gram)
        return self._idf[gram] * WEIGHTS[len(gram)] * content**2


def is_clear(found: Sequence[Suggestion]) -> bool:
    """Whether the first of some suggestions stands out enough to go by it."""
    if not found or found[0].score < CLEAR:
        return False
    return len(found) == 1 or found[0].score - found[1].score >= MARGIN


def _entry(matter: Matter, words: Sequence[str]) -> _Entry:
    """The name counts twice: as it is and bare of what all names say."""
    written = [matter.name, BARE.sub("", matter.name), *words]
    phrases = tuple(dict.fromkeys(run for phrase in written for run in _runs(phrase)))
    grams = Counter(gram for phrase in written for run in _runs(phrase) for gram in set(_grams(run)))
    return _Entry(matter, phrases, grams, float(sum(grams.values())))


def _runs(text: str) -> list[str]:
    """Stretches of letters between blanks and marks, in one form and in small letters."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def _grams(run: str) -> Iterator[str]:
    """Single letters, pairs and triples of a stretch of Chinese; a word in other letters is one."""
    if run[0].isascii():
        yield run[:3] if len(run) >= 3 else run
        return
    for size in WEIGHTS:
        yield from (run[at : at + size] for at in range(len(run) - size + 1))


def _fragments(runs: Sequence[str], entry: _Entry) -> tuple[str, ...]:
    """The longest stretches of the text whose pairs the matter has, the longest first."""
    found: list[str] = []
    for run in runs:
        at = 0
        while at < len(run) - 1:
            end = at
            while end < len(run) - 1 and run[end : end + 2] in entry.grams:
                end += 1
            if end > at:
                found.append(run[at : end + 1])
            at = max(end, at + 1)
        if run[0].isascii() and any(gram in entry.grams for gram in _grams(run)):
            found.append(run)
    return tuple(sorted(dict.fromkeys(found), key=lambda part: (-len(part), part)))
