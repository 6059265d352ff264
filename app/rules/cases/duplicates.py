"""Which open cases may be the same as a new report: near, of the same matter, not long ago. A person decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

SAME_CLASS_DIGITS = 2


@dataclass(frozen=True)
class Window:
    """How far apart in place and time two reports of one thing may be."""

    distance_m: float = 100.0
    time: timedelta = timedelta(hours=72)


@dataclass(frozen=True)
class Candidate:
    """An earlier event and how far it is from the new one."""

    event: int
    kind: str
    code: str
    distance_m: float
    apart: timedelta


@dataclass(frozen=True)
class Likeness:
    """0 to 1; 1 is the same matter at the same place and moment."""

    event: int
    score: float
    distance_m: float
    apart: timedelta


def offered(
    kind: str, code: str, candidates: Iterable[Candidate], window: Window, accuracy_m: float = 0.0
) -> list[Likeness]:
    """Candidates inside the window, the likest first, ties by event. Other matters of the same class count half; a
    report without a matter may be any. The window grows by the accuracy of the position."""
    reach = window.distance_m + accuracy_m
    found = []
    for each in candidates:
        share = _same(kind, code, each)
        apart = abs(each.apart)
        if share == 0 or each.distance_m > reach or apart > window.time:
            continue
        near = 1 - 0.5 * each.distance_m / reach if reach else 1.0
        recent = 1 - 0.5 * apart / window.time if window.time else 1.0
        found.append(Likeness(each.event, round(share * near * recent, 4), each.distance_m, apart))
    return sorted(found, key=lambda like: (-like.score, like.event))


def _same(kind: str, code: str, other: Candidate) -> float:
    if not code or not other.code or (kind, code) == (other.kind, other.code):
        return 1.0
    return 0.5 if code[:SAME_CLASS_DIGITS] == other.code[:SAME_CLASS_DIGITS] else 0.0
