"""Whose border a segment is: lists of uses, each list kept once.

A *use* is (owner, sign): sign +1 where the owner lies on the left of the segment taken from its first to its second
end. Owners below 0 are cuts: they draw a line and own no ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from app.spatial.planar.numbering import Slots, bucket, slots_for
from app.spatial.planar.types import Flags, Ints


@dataclass(frozen=True)
class Uses:
    """List g holds owner[first[g]:first[g + 1]], ascending, and their signs. List 0 is empty."""

    first: Ints
    owner: Ints
    sign: Ints

    def listed(self, groups: Ints) -> tuple[Ints, Ints, Ints]:
        """The uses of several lists on end: position in `groups`, owner, sign."""
        row, at = spans(self.first[groups], self.first[groups + 1])
        return row, self.owner[at], self.sign[at]

    def with_more(self, other: Uses) -> Uses:
        """The lists of both: list g > 0 of the other one has g + len(first) − 2 now."""
        first = np.concatenate([self.first, other.first[2:] + self.first[-1]])
        return Uses(first, np.concatenate([self.owner, other.owner]), np.concatenate([self.sign, other.sign]))

    def each_once(self, group: Ints) -> tuple[Ints, Uses]:
        """The same lists without those that say the same, and the new numbers of `group`."""
        count = len(self.first) - 1
        number, kept = _intern(self.first, self.owner, self.sign, slots_for(count))
        return number[group], _packed(self.first, self.owner, self.sign, kept)

    def needed(self, group: Ints) -> tuple[Ints, Uses]:
        """The lists that are in `group` alone, and their new numbers."""
        kept = np.unique(group[group > 0])
        return np.where(group > 0, np.searchsorted(kept, group) + 1, 0), _packed(
            self.first, self.owner, self.sign, kept
        )


def spans(start: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """All integers from start[i] to stop[i] − 1, for all i on end: the i of each, and the integers."""
    size = stop - start
    row = np.repeat(np.arange(len(size)), size)
    return row, np.arange(len(row)) + (start - np.cumsum(size) + size)[row]


def gather_uses(count: int, segment: Ints, owner: Ints, sign: Ints) -> tuple[Ints, Flags, Uses]:
    """Lists for segments 0 to count − 1 from single uses (those of segment −1 are passed over).

    Signs of one owner on one segment are added; what cancels (a spike) goes. Also returned: the list of each segment,
    and which segments have to be turned round, because the first owner that is no cut always lies on the left.
    """
    first, owners, signs = _listed(count, segment, owner, sign)
    turned = _turn(first, owners, signs)
    group, kept = _intern(first, owners, signs, slots_for(count))
    return group, turned, _packed(first, owners, signs, kept)


def _packed(first: Ints, owner: Ints, sign: Ints, kept: Ints) -> Uses:
    row, at = spans(first[kept], first[kept + 1])
    size = np.bincount(row, minlength=len(kept))
    return Uses(np.concatenate([[0, 0], np.cumsum(size)]), owner[at], sign[at])  # the empty list in front


@njit(cache=True, nogil=True)
def _listed(count: int, segment: Ints, owner: Ints, sign: Ints) -> tuple[Ints, Ints, Ints]:
    room = np.zeros(count + 1, np.int64)
    for i in range(len(segment)):
        if segment[i] >= 0:
            room[segment[i] + 1] += 1
    start = np.cumsum(room)
    size = np.zeros(count, np.int64)
    owners, signs = np.empty(start[-1], np.int64), np.empty(start[-1], np.int64)
    for i in range(len(segment)):
        s = segment[i]
        if s < 0:
            continue
        low, at = start[s], start[s] + size[s]
        while at > low and owners[at - 1] >= owner[i]:
            at -= 1
        if at < low + size[s] and owners[at] == owner[i]:
            signs[at] = 1 if owner[i] < 0 else signs[at] + sign[i]
            continue
        for j in range(low + size[s], at, -1):
            owners[j], signs[j] = owners[j - 1], signs[j - 1]
        owners[at], signs[at] = owner[i], (1 if owner[i] < 0 else sign[i])
        size[s] += 1
    first, fill = np.zeros(count + 1, np.int64), 0
    for s in range(count):
        for i in range(start[s], start[s] + size[s]):
            if signs[i] != 0:
                owners[fill], signs[fill] = owners[i], signs[i]
                fill += 1
        first[s + 1] = fill
    return first, owners[:fill], signs[:fill]


@njit(cache=True, nogil=True)
def _turn(first: Ints, owner: Ints, sign: Ints) -> Flags:
    turned = np.zeros(len(first) - 1, np.bool_)
    for s in range(len(turned)):
        for i in range(first[s], first[s + 1]):
            if owner[i] >= 0:
                if not turned[s] and sign[i] > 0:
                    break
                turned[s] = True
                sign[i] = -sign[i]
    return turned


@njit(cache=True, nogil=True)
def _intern(first: Ints, owner: Ints, sign: Ints, slots: Slots) -> tuple[Ints, Ints]:
    """The number of each list (0: empty), and the first one of each number from 1 on."""
    group, kept, known = np.zeros(len(first) - 1, np.int64), np.empty(len(first) - 1, np.int64), 0
    mask = np.uint64(len(slots) - 1)
    for s in range(len(group)):
        size = first[s + 1] - first[s]
        if size == 0:
            continue
        mixed = size
        for i in range(first[s], first[s + 1]):
            mixed = bucket(mixed, 4 * owner[i] + sign[i], np.uint64(0x7FFFFFFFFFFFFFFF))
        at = np.int64(np.uint64(mixed) & mask)
        while True:
            number = slots[at]
            if number < 0:
                slots[at], kept[known] = known, s
                number = known
                known += 1
                break
            other, same = first[kept[number]], first[kept[number] + 1] - first[kept[number]] == size
            for i in range(size):
                if not same:
                    break
                same = owner[other + i] == owner[first[s] + i] and sign[other + i] == sign[first[s] + i]
            if same:
                break
            at = (at + 1) & np.int64(mask)
        group[s] = number + 1
    return group, kept[:known]
