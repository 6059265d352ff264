"""Owners of many places in one network: positions in the texts of its editions, and columns made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from app.services.lookup.lookup_index import EditionIndex
from app.services.lookup.route_places import Flags, Places
from app.spatial.location.locate import Located

Positions = npt.NDArray[np.intp]
TEXTS = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Owners:
    """For each row of one network the position of its grid in `codes`, `kinds` and `areas`, -1 where there is none."""

    position: Positions
    on_boundary: Flags
    ambiguous: Flags | None
    codes: pa.DictionaryArray
    kinds: pa.DictionaryArray
    areas: pa.DictionaryArray

    @cached_property
    def owned(self) -> Flags:
        return self.position >= 0

    @cached_property
    def code(self) -> pa.DictionaryArray:
        """The code of each row's grid."""
        return self.texts(self.codes)

    def texts(self, texts: pa.DictionaryArray) -> pa.DictionaryArray:
        """The text of each row's grid, null where there is none. Its dictionary holds those that occur."""
        of_grid = np.append(np.int32(-1), texts.indices.fill_null(-1).to_numpy())
        kept = np.unique(of_grid[self._seen])
        has_nulls, kept = bool((kept < 0).any()), kept[kept >= 0]
        place = np.full(len(texts.dictionary) + 1, -1, dtype=np.int32)
        place[kept] = np.arange(len(kept))
        at = place[of_grid].take(self._from_one, mode="clip")
        held = pa.py_buffer(np.packbits(at >= 0, bitorder="little")) if has_nulls else None
        indices = pa.Array.from_buffers(pa.int32(), len(at), [held, pa.py_buffer(at)])
        return pa.DictionaryArray.from_arrays(indices, texts.dictionary.take(pa.array(kept)), safe=False)

    @cached_property
    def _from_one(self) -> Positions:
        """Positions counted from 1, 0 where there is none: what is asked at places below 0 takes three times as long
        where some are, for nobody can tell the processor which."""
        return self.position + 1

    @cached_property
    def _seen(self) -> Flags:
        """Whether there are rows without a grid; then, by position, which grids own rows."""
        made = np.zeros(len(self.codes) + 1, dtype=bool)
        made[self._from_one] = True
        return made

    @cached_property
    def grid(self) -> npt.NDArray[np.object_]:
        """Codes one by one, None where there is none."""
        return np.asarray(self.code.to_numpy(zero_copy_only=False), dtype=object)


def find_owners(
    places: Places, editions: Sequence[tuple[EditionIndex, npt.NDArray[np.intp] | None]], threads: int, uncertain: bool
) -> Owners:
    """`editions`: each with the rows that it answers, None for all. `uncertain`: tell who is ambiguous by the
    coordinate system alone."""
    if len(editions) == 1 and editions[0][1] is None:
        held = editions[0][0]
        located = held.index.locate(places.lon, places.lat, threads)
        near = _near_borders(held, places, np.arange(len(places.lon)), located) if uncertain else None
        return Owners(located.owner, located.on_boundary, near, *held.texts)
    return _owners_of_several(places, editions, threads, uncertain)


def _owners_of_several(
    places: Places, editions: Sequence[tuple[EditionIndex, npt.NDArray[np.intp] | None]], threads: int, uncertain: bool
) -> Owners:
    """Positions in the texts of one edition after those of another."""
    n, before = len(places.lon), 0
    position, on_boundary = np.full(n, -1, dtype=np.intp), np.zeros(n, dtype=bool)
    ambiguous = np.zeros(n, dtype=bool) if uncertain else None
    for held, rows in editions:
        some = np.arange(n) if rows is None else rows
        located = held.index.locate(places.lon[some], places.lat[some], threads)
        on_boundary[some] = located.on_boundary
        position[some] = np.where(located.owner < 0, -1, located.owner + before)
        if ambiguous is not None:
            ambiguous[some] = _near_borders(held, places, some, located)
        before += len(held.rows.codes)
    texts = [held.texts for held, _ in editions] or [(pa.array([], TEXTS),) * 3]
    codes, kinds, areas = (_joined([each[i] for each in texts]) for i in range(3))
    return Owners(position, on_boundary, ambiguous, codes, kinds, areas)


def _joined(texts: list[pa.DictionaryArray]) -> pa.DictionaryArray:
    return texts[0] if len(texts) == 1 else pa.chunked_array(texts).unify_dictionaries().combine_chunks()


def _near_borders(held: EditionIndex, places: Places, rows: npt.NDArray[np.intp], located: Located) -> Flags:
    """Whether the border of the owner is nearer than the row's coordinate system is certain."""
    limits = np.zeros(len(places.lon))
    for system in places.systems:
        limits[system.rows] = system.uncertainty_m
    near = located.on_boundary & (limits[rows] > 0)
    for limit in np.unique(limits[rows]).tolist():
        asked = np.flatnonzero((limits[rows] == limit) & (located.owner >= 0))
        if limit > 0 and len(asked):
            of = rows[asked]
            near[asked] |= held.index.border_within(places.lon[of], places.lat[of], located.owner[asked], limit)
    return near
