"""Matters: coded categories of event and component, their classes, a city's own codes, and finding them by words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import InputError

MATTER, COMPONENT = "matter", "component"
KINDS = (MATTER, COMPONENT)
KIND_WORDS = {
    "matter": MATTER,
    "event": MATTER,
    "事件": MATTER,
    "事项": MATTER,
    "component": COMPONENT,
    "部件": COMPONENT,
}
EVERY = "*"


@dataclass(frozen=True)
class Matter:
    """One row of a code table. `origin`: the national table that a city's row was taken up from, else its own table.

    The key is kind + code: 01001 is both a component and the matter that this component is abnormal.
    """

    kind: str
    code: str
    name: str = ""
    category: str = ""
    table: str = ""
    origin: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.code


@dataclass(frozen=True)
class Extension:
    """A range of codes of one kind that a city may give out itself: both ends belong to it, all of one length."""

    kind: str
    first: str
    last: str

    def holds(self, kind: str, code: str) -> bool:
        return kind == self.kind and len(code) == len(self.first) and self.first <= code <= self.last


def kind_of(word: str) -> str:
    """matter or component, from the words that lists use. Raises InputError."""
    kind = KIND_WORDS.get(word.strip().lower())
    if kind is None:
        raise InputError(f"{word!r} is no kind of code: matter (事件) or component (部件)")
    return kind


def check_code(code: str) -> str:
    """A matter's code as it is stored: letters and digits. Raises InputError."""
    bare = code.strip()
    if not bare or len(bare) > 20 or not bare.isascii() or not bare.isalnum():
        raise InputError(f"{code!r} is not a code: 1 to 20 digits or letters")
    return bare


def parse_extension(text: str) -> Extension:
    """`matter:06900-06999`; without a kind it is of matters. Raises InputError."""
    kind, _, span = text.rpartition(":")
    first, dash, last = (part.strip() for part in span.partition("-"))
    if not dash or len(first) != len(last) or not (first + last).isdigit() or first > last:
        raise InputError(f"{text!r} is not a range of codes, such as matter:06900-06999")
    return Extension(kind_of(kind) if kind else MATTER, first, last)


def names_matter(code: str, table: str, matter: Matter) -> int:
    """How closely a duty's code speaks of a matter: 3 the code itself, 2 its class, 1 every matter, 0 not of it.

    A class is the leading digits of its codes. A code means what its table says, so the tables must agree.
    """
    if table not in (matter.table, matter.origin):
        return 0
    if code == matter.code:
        return 3
    if code == EVERY:
        return 1
    return 2 if matter.code.startswith(code) else 0


def find(words: str, matters: Sequence[Matter]) -> list[tuple[float, Matter]]:
    """Matters whose code begins with the words or whose name or category shares letters with them, best first.

    The score is the share of the words' pairs of letters that the name has (a category counts half); ties go by key.
    """
    wanted = words.strip()
    if not wanted:
        return []
    scored = [(_likeness(wanted, matter), matter) for matter in matters]
    return sorted(((s, m) for s, m in scored if s > 0), key=lambda pair: (-pair[0], pair[1].key, pair[1].table))


def _likeness(wanted: str, matter: Matter) -> float:
    if matter.code.startswith(wanted):
        return 2.0
    pairs = _pairs(wanted)
    name, category = (len(pairs & _pairs(text)) / len(pairs) for text in (matter.name, matter.category))
    return max(name + (1.0 if wanted in matter.name else 0.0), category / 2)


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)} or {text}
