"""A wish that cannot be met, and what could be instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

BAND = "band"  # grids lie outside it
LONE = "lone"  # ground too small for a grid, with nothing beside
COMPOUND = "compound"  # larger than a grid may be
APART = "apart"  # a compound lies in stretches that do not touch
AREAS = "areas"  # a compound lies in several areas
PIECE = "piece"  # kept whole, though larger than a grid may be
BRIDGE = "bridge"  # no grid can use it


@dataclass(frozen=True)
class Choice:
    """`change`: fields of the division request that bring it about. `verified`: it was tried out and holds.

    `cost`: how far from what was asked, for the order: the relative change of a band, metres of a bridge per kilometre.
    """

    what: str
    change: Mapping[str, Any]
    verified: bool
    cost: float = 0.0


@dataclass(frozen=True)
class Proposal:
    """`wish`: one of the words above. `subject`: which compound, or number of the (first) piece.

    `figures` are what `why` is made from. `choices`: nearest first, those that were tried out before others.
    """

    wish: str
    area: str
    kind: str
    subject: str
    why: str
    figures: Mapping[str, float]
    choices: tuple[Choice, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def sentence(self) -> str:
        """One line for people."""
        nearest = f"; nearest feasible choice: {self.choices[0].what}" if self.choices else ""
        return f"{self.area or 'the ground'}: {self.why}{nearest}"


def nearest_first(choices: list[Choice]) -> tuple[Choice, ...]:
    return tuple(sorted(choices, key=lambda choice: (not choice.verified, choice.cost, choice.what)))
