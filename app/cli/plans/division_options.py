"""The rules of a division as words of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.cli import context
from app.errors import InputError
from app.spatial.division.terms import KINDS

LOAD = (
    "A further quantity that grids share evenly, QUANTITY=WEIGHT or QUANTITY=WEIGHT,MIN,TARGET,MAX; "
    "KIND:QUANTITY=… for one kind only; may be repeated."
)
AREA_BAND = "AREA:KIND=MIN,TARGET,MAX: a band for one area; may be repeated."
COMPOUND = "CODE=N: divide a compound into N grids, 1 for a grid of its own; may be repeated."
BRIDGE = "FROM/TO or FROM/TO/WHY: places joined though they do not touch, each a piece or LON,LAT; may be repeated."


def loads(words: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Kind → loads; a load without a kind is one of every kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    for word in words:
        name, _, value = word.partition("=")
        kind, colon, quantity = name.partition(":")
        numbers = _numbers(value, f"--load {word!r}", {1, 4})
        load = {"quantity": quantity if colon else kind, "weight": numbers[0], "band": numbers[1:] or None}
        for one in [kind] if colon else KINDS:
            found.setdefault(one, []).append(load)
    return found


def area_bands(words: Sequence[str]) -> dict[str, dict[str, list[float]]]:
    found: dict[str, dict[str, list[float]]] = {}
    for word in words:
        name, _, value = word.partition("=")
        area, _, kind = name.rpartition(":")
        numbers = context.band(value, f"--area-band {word!r}")
        assert numbers is not None
        found.setdefault(area, {})[kind] = numbers
    return found


def compounds(words: Sequence[str]) -> dict[str, int]:
    found = {}
    for word in words:
        code, _, parts = word.rpartition("=")
        if not code or not parts.isdigit():
            raise InputError(f"--compound {word!r} is not CODE=N")
        found[code] = int(parts)
    return found


def bridges(words: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for word in words:
        ends = word.split("/", 2)
        if len(ends) < 2:
            raise InputError(f"--bridge {word!r} is not FROM/TO or FROM/TO/WHY")
        why = ends[2] if len(ends) > 2 else ""
        found.append({"from": place(ends[0], "--bridge"), "to": place(ends[1], "--bridge"), "why": why})
    return found


def place(text: str, what: str) -> int | list[float]:
    """A piece by its number, or LON,LAT."""
    if text.strip().isdigit():
        return int(text)
    return _numbers(text, f"{what} {text!r}", {2})


def _numbers(text: str, what: str, counts: set[int]) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in counts:
        expected = " or ".join(str(count) for count in sorted(counts))
        raise InputError(f"{what}: {expected} numbers are expected, joined by commas")
    return numbers
