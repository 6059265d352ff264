"""Everyday words of the matters of the newest national table, which ship with OneGrid; a city's own matters that were
taken up from it have them too."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from typing import Any

from app.rules.duties.matter_text import MatterText, Suggestion
from app.rules.duties.matters import Matter
from app.services.networks.samples import CODES

WORDS = CODES / "matter_words.csv"
TABLE = "GB/T 47678.5-2026"


def index_of(matters: Iterable[Matter]) -> MatterText:
    """Matters to be found by words; each key once, of the table that comes first."""
    words = _words()
    first: dict[tuple[str, str], Matter] = {}
    for matter in matters:
        first.setdefault(matter.key, matter)
    known = [(m, words.get(m.key, ()) if TABLE in (m.table, m.origin) else ()) for m in first.values()]
    return MatterText(known)


def describe(found: Suggestion) -> dict[str, Any]:
    """A suggestion as the API and the CLI show it."""
    matter = found.matter
    return {
        "kind": matter.kind, "code": matter.code, "name": matter.name, "category": matter.category,
        "table": matter.table, "score": found.score, "fragments": list(found.fragments),
    }  # fmt: skip


@cache
def _words() -> dict[tuple[str, str], tuple[str, ...]]:
    with WORDS.open(encoding="utf-8", newline="") as file:
        return {(row["kind"], row["code"]): tuple(row["words"].split("、")) for row in csv.DictReader(file)}
