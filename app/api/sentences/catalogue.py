"""English sentences re-told in Chinese by the templates they were made from (docs/decisions/0009).

A sentence is found by its words: every template is filed under the rarest of its literal words, so that a handful are
tried; of those that fit, the one with most letters of its own wins. What fits none stays English.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

from app.rules.sayings import SENTENCES

FILE = Path(__file__).with_name("zh.json")
WORD = "word"  # {0:word}: the value is a word of ours (a status, a kind), never a name that somebody gave
LIGHT = 5  # letters of a template of one short word (`not {0}`): it takes no sentence that it does not know
DEEPEST = 3  # a sentence in a sentence in a sentence
_TOKEN = re.compile(r"\w+")
_MARK = re.compile(r"[,:;( ]")
_JOINTS = ((" — ", "——"), ("; ", "；"), (": ", "："))
_PHRASE = re.compile(r"[a-z]{2} [a-z]{2,} [a-z]{2}")
_LATIN = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class Template:
    """`literals`: the words around the holes, one more than there are holes. `chinese`: (literal, hole or -1, spec)."""

    literals: tuple[str, ...]
    chinese: tuple[tuple[str, int, str], ...]
    weight: int

    def values(self, sentence: str) -> list[str] | None:
        """What fills the holes, each as short as can be; None where the template does not fit. Linear in the sentence:
        of literals in a row the first place of each is as good as any later one."""
        first, *between, last = self.literals
        end = len(sentence) - len(last)
        if not sentence.startswith(first) or not sentence.endswith(last) or end < len(first):
            return None
        found, at = [], len(first)
        for literal in between:
            place = sentence.find(literal, at, end) if literal else _end_of_value(sentence, at, end)
            if place < 0:
                return None
            found.append(sentence[at:place])
            at = place + len(literal)
        return [*found, sentence[at:end]]

    def tell(self, values: Sequence[str], depth: int) -> str:
        return "".join(
            literal + (_value(values[hole], spec, depth) if hole >= 0 else "") for literal, hole, spec in self.chinese
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`whole`: sentences without holes; `words`: values of ours; `by_word`: templates by the rarest word of each."""

    whole: Mapping[str, str]
    words: Mapping[str, str]
    faults: Mapping[str, str]
    by_word: Mapping[str, Sequence[Template]]

    def candidates(self, sentence: str) -> Iterator[Template]:
        for word in {"", *_TOKEN.findall(sentence)}:
            yield from self.by_word.get(word, ())


def tell(sentence: str, depth: int = 0) -> str:
    """The sentence in Chinese; as it is where no template fits."""
    book = catalogue()
    if not _LATIN.search(sentence):
        return sentence
    if told := book.whole.get(sentence):
        return told
    best: tuple[Template, list[str]] | None = None
    for template in book.candidates(sentence):
        if best is None or template.weight > best[0].weight:
            values = template.values(sentence)
            best = best if values is None else (template, values)
    told = sentence
    if best is not None and (best[0].weight > LIGHT or not any(_PHRASE.search(value) for value in best[1])):
        told = best[0].tell(best[1], depth)
    if depth < DEEPEST and (told == sentence or _PHRASE.search(told)):
        return _parts(sentence, told, depth)
    return told


def told_word(text: str) -> str:
    """As tell, of a text that may be a mere word of ours: a title, what a run is at."""
    return catalogue().words.get(text) or tell(text)


@cache
def catalogue() -> Catalogue:
    read, sentences = _read(), templates()
    open_ones = {english: chinese for english, chinese in sentences.items() if len(literals_of(english)) > 1}
    whole = {literals_of(english)[0]: _plain(chinese) for english, chinese in sentences.items() - open_ones.items()}
    return Catalogue(whole, read["words"], read["faults"], _filed(open_ones))


def templates() -> dict[str, str]:
    """English template → Chinese template, holes by number."""
    return _sayings() | _read()["sentences"]


def _read() -> dict[str, dict[str, str]]:
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def _sayings() -> dict[str, str]:
    """Reasons that have codes have both languages in one table (app/rules/sayings.py): with holes by number."""
    told = {}
    for english, chinese in SENTENCES.values():
        names = [hole for _, hole, _, _ in Formatter().parse(english) if hole is not None]
        numbers = {name: f"{{{at}}}" for at, name in enumerate(names)}
        numbers = {f"{name}_name": f"{{{at}:{WORD}}}" for at, name in enumerate(names)} | numbers
        if all(hole is None or hole in numbers for _, hole, _, _ in Formatter().parse(chinese)):
            told[_renamed(english, numbers)] = _renamed(chinese, numbers)
    return told


def _renamed(template: str, numbers: Mapping[str, str]) -> str:
    parts = Formatter().parse(template)
    return "".join(literal + ("" if hole is None else numbers[hole]) for literal, hole, _, _ in parts)


def literals_of(template: str) -> tuple[str, ...]:
    """The words around the holes of a template: `"no {0}"` → `("no ", "")`."""
    literals, text = [], ""
    for literal, hole, _, _ in Formatter().parse(template):
        text += literal
        if hole is not None:
            literals.append(text)
            text = ""
    return (*literals, text)


def _filed(sentences: Mapping[str, str]) -> dict[str, list[Template]]:
    made = {english: _template(english, chinese) for english, chinese in sentences.items()}
    sure = {english: _sure_words(template.literals) for english, template in made.items()}
    common = Counter(word for words in sure.values() for word in words)
    filed: dict[str, list[Template]] = {}
    for english, template in made.items():
        word = min(sure[english], key=lambda each: (common[each], each), default="")
        filed.setdefault(word, []).append(template)
    return filed


def _template(english: str, chinese: str) -> Template:
    literals = literals_of(english)
    pieces = tuple(
        (literal, -1 if hole is None else int(hole), spec or "")
        for literal, hole, spec, _ in Formatter().parse(chinese)
    )
    return Template(literals, pieces, sum(map(len, literals)))


def _sure_words(literals: Sequence[str]) -> set[str]:
    """Words that stand by themselves whatever fills the holes: not those that a value could grow onto."""
    found = set()
    for number, literal in enumerate(literals):
        for word in _TOKEN.finditer(literal):
            joins_before = word.start() == 0 and number > 0
            joins_after = word.end() == len(literal) and number < len(literals) - 1
            if not joins_before and not joins_after:
                found.add(word.group())
    return found


def _end_of_value(sentence: str, at: int, end: int) -> int:
    """Where a value ends that another follows at once: behind its quotes, else before a mark (`7: perhaps 9`)."""
    if sentence.startswith("'", at):
        return min(sentence.find("'", at + 1, end) + 1 or end, end)
    mark = _MARK.search(sentence, at, end)
    return mark.start() if mark else end


def _plain(chinese: str) -> str:
    return "".join(literal for literal, *_ in Formatter().parse(chinese))


def _value(value: str, spec: str, depth: int) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] == "'"
    bare = value[1:-1] if quoted else value
    words = catalogue().words
    if spec == WORD and all(each in words for each in bare.split(", ")):
        return "、".join(words[each] for each in bare.split(", "))
    return f"“{bare}”" if quoted else tell(value, depth + 1)


def _parts(sentence: str, otherwise: str, depth: int) -> str:
    """A sentence put together of others: with its remedy (`a — b`), some in a row (`a; b`), behind its place (`x: a`).
    Told in the way that leaves no English; else in the first that tells anything, or `otherwise`."""
    ways = []
    for mark, chinese in _JOINTS:
        head, found, tail = sentence.partition(mark)
        told = tell(tail, depth + 1) if found else tail
        if told != tail:
            ways.append(tell(head, depth + 1) + chinese + told)
    best = otherwise if otherwise != sentence or not ways else ways[0]
    return next((way for way in ways if not _PHRASE.search(way)), best)
