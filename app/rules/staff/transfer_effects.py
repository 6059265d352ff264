"""What decided transfers make of the posts: whose seats there will be, what forbids it, and that nobody is lost."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.errors import InputError
from app.rules.staff.roles import CHIEF
from app.rules.staff.shifts import parse_shift

OPEN, ACCEPTED, LEAVES = "open", "accepted", "leaves"
STATES = (OPEN, ACCEPTED, LEAVES)
MOST_LOAD = 5.0
ROUNDING = 1e-6


@dataclass(frozen=True)
class Move:
    """A post as it is held on the day, and what was decided: `open` stays where it is, `leaves` ends, `accepted` goes
    to `grid` in `role`."""

    post: int
    person: int
    state: str
    grid: str | None
    role: str
    load: float = 1.0
    shift: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Seat:
    """A post to be: `posts` are the old ones it is made of, the first of which it takes everything else from."""

    person: int
    role: str
    grid: str
    load: float
    shift: str
    until: datetime | None
    posts: tuple[int, ...]


@dataclass(frozen=True)
class Tally:
    """Where the posts and their loads are: each in one of the four."""

    posts: int
    moved: int
    merged: int  # posts that became one with another of the same person
    left: int
    stayed: int
    load_before: float
    load_after: float

    @property
    def conserved(self) -> bool:
        """No post and no work is lost, none is there twice."""
        whole = self.moved + self.merged + self.left + self.stayed == self.posts
        return whole and math.isclose(self.load_before, self.load_after, abs_tol=ROUNDING)


def seats(moves: Iterable[Move]) -> list[Seat]:
    """The posts that accepted moves make, in the order of the first old post of each.

    Posts of one person that come to the same grid and role become one: their loads add up, their hours join.
    Raises InputError where hours cannot be joined (`problems` tells all such).
    """
    groups: dict[tuple[int, str, str], list[Move]] = defaultdict(list)
    for move in moves:
        if move.state == ACCEPTED and move.grid is not None:
            groups[move.person, move.role, move.grid].append(move)
    return [
        Seat(
            person, role, grid,
            round(sum(move.load for move in held), 6),
            _joined([move.shift for move in held]),
            None if any(move.until is None for move in held) else max(move.until for move in held if move.until),
            tuple(move.post for move in held),
        )
        for (person, role, grid), held in groups.items()
    ]  # fmt: skip


def problems(moves: Sequence[Move]) -> list[str]:
    """Sentences: grids that would have several chiefs, posts that cannot become one, accepted ones without a grid."""
    found = [f"post {move.post} is accepted without a grid to go to" for move in moves if _astray(move)]
    chiefs: dict[str, dict[int, int]] = defaultdict(dict)
    groups: dict[tuple[int, str, str], list[Move]] = defaultdict(list)
    for move in moves:
        if move.state == ACCEPTED and move.grid is not None:
            groups[move.person, move.role, move.grid].append(move)
            if move.role == CHIEF:
                chiefs[move.grid].setdefault(move.person, move.post)
    for grid, held in sorted(chiefs.items()):
        if len(held) > 1:
            found.append(f"grid {grid} would have {len(held)} chiefs: posts {_listed(held.values())}")
    for (_, role, grid), group in groups.items():
        together = f"posts {_listed(move.post for move in group)} of one person become one {role} of {grid}"
        if sum(move.load for move in group) > MOST_LOAD:
            found.append(f"{together} with a load above {MOST_LOAD:g}: send one elsewhere")
        try:
            _joined([move.shift for move in group])
        except InputError:
            found.append(f"{together}, but their hours overlap or rotate: send one elsewhere, or correct its hours")
    return found


def tally(moves: Sequence[Move], made: Sequence[Seat]) -> Tally:
    """Counts of where every post and its load ends up."""
    left = [move for move in moves if move.state == LEAVES]
    stayed = [move for move in moves if move.state == OPEN]
    after = sum(seat.load for seat in made) + sum(move.load for move in (*left, *stayed))
    return Tally(
        posts=len(moves),
        moved=len(made),
        merged=sum(len(seat.posts) - 1 for seat in made),
        left=len(left),
        stayed=len(stayed),
        load_before=sum(move.load for move in moves),
        load_after=after,
    )


def _astray(move: Move) -> bool:
    return move.state == ACCEPTED and move.grid is None


def _joined(shifts: Sequence[str]) -> str:
    """The hours of all; always, if one of them is always."""
    different = list(dict.fromkeys(shifts))
    if len(different) == 1:
        return different[0]
    if "" in different:
        return ""
    if any(parse_shift(shift).weeks > 1 for shift in different):
        raise InputError("hours in rotation cannot be joined with others")
    return str(parse_shift("; ".join(different)))


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)
