"""The words that a division is asked in: bands of sizes, weights of the wishes, rules that hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from app.errors import InputError

KINDS = ("resident", "business", "institution")
CANDIDATES_MAX = 5


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
    """How much each wish counts against the others; 0 leaves it out, 1 is the scale of docs/division.md.

    `slack` belongs to balance: a share of the target by which a grid may be larger or smaller for nothing.
    """

    balance: float = 1.0
    compact: float = 1.0
    stable: float = 0.5
    follow: float = 0.5
    barrier: float = 0.5
    station: float = 0.0
    slack: float = 0.0

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


@dataclass(frozen=True)
class Bridge:
    """Two pieces (positions) that belong together though they do not touch: a footbridge, a ferry to an island."""

    left: int
    right: int
    why: str = ""


@dataclass(frozen=True)
class LockedGrid:
    """A grid that comes out as it went in: its pieces (positions), its code, its kind."""

    code: str
    kind: str
    pieces: tuple[int, ...]


def _no_stations() -> NDArray[np.float64]:
    return np.empty((0, 2))


@dataclass(frozen=True)
class Rules:
    """What a planner lays down beside bands and weights (docs/division.md, "What always holds").

    `area_bands`: area → kind → the band there, in the quantity of that kind's usual band. `compounds`: code → into how
    many grids it is divided (1: a grid of its own); one that is not named stays whole. `tied`: groups of pieces
    (positions) that are never parted. `loads`: kind → further quantities. `stations`: n × 2, metres in the pieces' CRS.
    `strict`: a wish that cannot be met is an error, and not a line of the report.
    """

    area_bands: Mapping[str, Mapping[str, Band]] = field(default_factory=dict)
    loads: Mapping[str, Sequence[Load]] = field(default_factory=dict)
    bridges: Sequence[Bridge] = ()
    compounds: Mapping[str, int] = field(default_factory=dict)
    locked: Sequence[LockedGrid] = ()
    tied: Sequence[Sequence[int]] = ()
    stations: NDArray[np.float64] = field(default_factory=_no_stations)
    strict: bool = False

    def band(self, bands: Mapping[str, Band], area: str, kind: str) -> Band:
        """The band of a kind in an area: its own there, or the usual one."""
        return self.area_bands.get(area, {}).get(kind) or bands[kind]
