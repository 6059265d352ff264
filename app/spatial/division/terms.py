"""The words that a division is asked in: bands of sizes, weights of the wishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from types import MappingProxyType

from app.errors import InputError

KINDS = ("resident", "business", "institution")


@dataclass(frozen=True)
class Band:
    """How large a grid should be: `target` of `quantity`, never meant to leave [`minimum`, `maximum`]."""

    quantity: str
    minimum: float
    target: float
    maximum: float

    def __post_init__(self) -> None:
        if not 0 < self.minimum <= self.target <= self.maximum:
            raise InputError(
                f"a band needs 0 < minimum ≤ target ≤ maximum, not {self.minimum}, {self.target}, {self.maximum}"
            )

    def scaled(self, factor: float) -> Band:
        return Band(self.quantity, self.minimum * factor, self.target * factor, self.maximum * factor)


@dataclass(frozen=True)
class Weights:
    """How much each wish counts against the others; 0 leaves it out, 1 is the scale of docs/division.md."""

    balance: float = 1.0
    compact: float = 1.0
    stable: float = 0.5
    follow: float = 0.5
    barrier: float = 0.5
    station: float = 0.0

    def __post_init__(self) -> None:
        if not all(weight >= 0 for weight in astuple(self)):
            raise InputError("weights cannot be negative")


@dataclass(frozen=True)
class Load:
    """A further quantity that the grids of a kind share evenly, `weight` times as dear as the first.

    Without a band every grid's target is the territory's total / number of grids, and nothing is outside.
    """

    quantity: str
    weight: float = 1.0
    band: Band | None = None

    def __post_init__(self) -> None:
        if not self.weight >= 0:
            raise InputError(f"the weight of {self.quantity} cannot be negative")


# Resident: 300–500 households is the size most often written down; the others are OneGrid's own (docs/division.md).
DEFAULT_BANDS: Mapping[str, Band] = MappingProxyType(
    {
        "resident": Band("households", 300, 400, 500),
        "business": Band("businesses", 60, 100, 150),
        "institution": Band("area_m2", 20_000, 150_000, 400_000),
    }
)
