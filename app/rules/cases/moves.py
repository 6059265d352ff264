"""Where open cases go when the grids change: told from the point of each and the lineage of its old grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CERTAIN, LIKELY, UNCLEAR = "certain", "likely", "unclear"


@dataclass(frozen=True)
class OldCase:
    """An open case as it is: its grid in the edition that it was routed with, its owner."""

    event: int
    grid: str
    edition: int | None
    owner: str


@dataclass(frozen=True)
class NewPlace:
    """What the new edition says of the case's point: grid ('' outside), owner, and whether the point is nearer to a
    border than it is exact."""

    grid: str
    edition: int | None
    owner: str
    ambiguous: bool = False


@dataclass(frozen=True)
class Move:
    """A proposal: nothing is moved before a person takes it."""

    event: int
    old_grid: str
    new_grid: str
    old_owner: str
    new_owner: str
    edition: int | None
    certainty: str
    reason: str


def propose(case: OldCase, place: NewPlace, shares: Mapping[str, float]) -> Move | None:
    """The move of one case, None where nothing changes for it. `shares`: lineage of its old grid, new grid → share of
    its ground (empty: not known)."""
    if (place.grid, place.owner) == (case.grid, case.owner):
        return None
    certainty, reason = _why(case, place, shares)
    return Move(
        case.event, case.grid, place.grid, case.owner, place.owner, place.edition, certainty, reason
    )  # fmt: skip


def _why(case: OldCase, place: NewPlace, shares: Mapping[str, float]) -> tuple[str, str]:
    if not place.grid:
        return UNCLEAR, "the point lies in no grid of the new edition"
    if place.grid == case.grid:
        return CERTAIN, f"the grid stays {place.grid}, its owner changes"
    share = shares.get(place.grid)
    told = f"the point lies in {place.grid}"
    if place.ambiguous:
        return UNCLEAR, f"{told}, nearer to its border than the position is exact"
    if shares and share is None:
        return UNCLEAR, f"{told}, which took no ground of {case.grid or 'an earlier grid'}"
    if share is not None:
        return CERTAIN, f"{told}, which took {share:.0%} of the ground of {case.grid}"
    return LIKELY, told
