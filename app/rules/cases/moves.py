"""Where open cases go when the grids change: told from the point of each and the lineage of its old grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.rules.sayings import Said

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
    """A proposal: nothing is moved before a person takes it. `said` is the reason as a code with values."""

    event: int
    old_grid: str
    new_grid: str
    old_owner: str
    new_owner: str
    edition: int | None
    certainty: str
    reason: str
    said: Said


def propose(case: OldCase, place: NewPlace, shares: Mapping[str, float]) -> Move | None:
    """The move of one case, None where nothing changes for it. `shares`: lineage of its old grid, new grid → share of
    its ground (empty: not known)."""
    if (place.grid, place.owner) == (case.grid, case.owner):
        return None
    certainty, said = _why(case, place, shares)
    return Move(
        case.event, case.grid, place.grid, case.owner, place.owner, place.edition, certainty, said.text(), said
    )  # fmt: skip


def _why(case: OldCase, place: NewPlace, shares: Mapping[str, float]) -> tuple[str, Said]:
    if not place.grid:
        return UNCLEAR, Said("point_outside")
    if place.grid == case.grid:
        return CERTAIN, Said("owner_changes", {"grid": place.grid})
    share = shares.get(place.grid)
    told = {"grid": place.grid, "old": case.grid or "an earlier grid"}
    if place.ambiguous:
        return UNCLEAR, Said("near_border", told)
    if shares and share is None:
        return UNCLEAR, Said("took_nothing", told)
    if share is not None:
        return CERTAIN, Said("took_share", {**told, "share": round(share, 6)})
    return LIKELY, Said("point_inside", {"grid": place.grid})
