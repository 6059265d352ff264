"""A wish that cannot be met, and what could be instead: as data, which reports and commands put into words.

`wording` has the English words. Everything that is said is in `figures`, so that it can be said in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from app.spatial.proposals.wording import choice_in_words, reason_in_words

BAND = "band"  # grids lie outside it
LONE = "lone"  # ground too small for a grid, with nothing beside
COMPOUND = "compound"  # larger than a grid may be
APART = "apart"  # a compound lies in stretches that do not touch
AREAS = "areas"  # a compound lies in several areas
PIECE = "piece"  # kept whole, though larger than a grid may be
BRIDGE = "bridge"  # no grid can use it

Figures = Mapping[str, float | str]


@dataclass(frozen=True)
class Choice:
    """`action` (a key of `wording.CHOICES`) with its `figures`: what could be instead.

    `change`: fields of the division request that bring it about. `verified`: it was tried out and holds. `cost`: how
    far from what was asked, for the order: the relative change of a band, metres of a bridge per kilometre.
    """

    action: str
    figures: Figures
    change: Mapping[str, Any]
    verified: bool
    cost: float = 0.0

    @property
    def what(self) -> str:
        return choice_in_words(self.action, self.figures)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "what": self.what}


@dataclass(frozen=True)
class Proposal:
    """`wish`: one of the words above. `subject`: which compound, or number of the (first) piece.

    `reason` (a key of `wording.REASONS`) with its `figures`: why it cannot be met. `choices`: nearest first, those that
    were tried out before others.
    """

    wish: str
    area: str
    kind: str
    subject: str
    reason: str
    figures: Figures
    choices: tuple[Choice, ...]

    @property
    def why(self) -> str:
        return reason_in_words(self.reason, self.figures)

    def to_dict(self) -> dict[str, Any]:
        """The data, and the English words as `why` and each choice's `what`."""
        return {**asdict(self), "why": self.why, "choices": [choice.to_dict() for choice in self.choices]}

    def sentence(self) -> str:
        """One line for people."""
        nearest = f"; nearest feasible choice: {self.choices[0].what}" if self.choices else ""
        return f"{self.area or 'the ground'}: {self.why}{nearest}"


def nearest_first(choices: list[Choice]) -> tuple[Choice, ...]:
    return tuple(sorted(choices, key=lambda choice: (not choice.verified, choice.cost, choice.what)))
