"""Who claims which face of an arrangement, as codes, and which faces nobody claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.spatial.pieces.linework import JOIN, Source
from app.spatial.pieces.slivers import Shared
from app.spatial.planar.faces import OUTSIDE, Faces, owners_of
from app.spatial.planar.types import Flags, Floats, Ints


@dataclass(frozen=True)
class Claims:
    """(face, position in the source) pairs per source, in the order of the faces; `owned[face]`: somebody claims it."""

    pairs: list[tuple[Ints, Ints]]
    owned: Flags


def claims_of(found: Faces, sources: Sequence[Source]) -> Claims:
    """The owners of the faces, which number all grids of all sources on end, told apart by source."""
    face, owner = owners_of(found)
    owned = np.zeros(len(found) + 1, np.bool_)
    owned[face] = True
    return Claims(by_source(face, owner, [len(source.shapes) for source in sources]), owned)


def by_source(face: Ints, owner: Ints, grids: Sequence[int]) -> list[tuple[Ints, Ints]]:
    """(face, owner) pairs told apart by source, the owners numbering the `grids` of all sources on end."""
    first, pairs = 0, []
    for count in grids:
        mine = (owner >= first) & (owner < first + count)
        pairs.append((face[mine], owner[mine] - first))
        first += count
    return pairs


def joined_codes(count: int, face: Ints, position: Ints, codes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Per face the codes of its grids, sorted and joined by `|`, each once; '' for none. `face` is in order."""
    labels = np.full(count, "", dtype=object)
    labels[face] = codes[position]
    faces, first, times = np.unique(face, return_index=True, return_counts=True)
    for one, start, many in zip(faces[times > 1], first[times > 1], times[times > 1], strict=True):
        labels[one] = JOIN.join(sorted(set(codes[position[start : start + many]])))
    return labels


def enclosed_ground(shared: Shared, owned: Flags, area_m2: Floats) -> tuple[Flags, Floats]:
    """Faces that nobody claims and that are cut off from the outside, and the area of the hole each is a part of."""
    free = ~owned[shared.left] & ~owned[shared.right]  # only a cut runs between them
    links = coo_array((np.ones(free.sum(), np.int8), (shared.left[free], shared.right[free])), shape=(len(owned),) * 2)
    hole = connected_components(links, directed=False)[1]
    enclosed = ~owned & (hole != hole[OUTSIDE])
    total = np.bincount(hole, weights=area_m2, minlength=1)
    return enclosed, total[hole]
