"""The overlay strip by strip, where the whole does not fit in memory: pieces are given out as they are finished.

The pieces, slivers and figures are those of `overlay`, in another order. A face that crosses the frontier of a strip is
open and waits; so does a small face beside it, and whoever touches a small face that waits: it may still grow.
Everything else is settled, because a sliver looks at its own neighbours only (docs/overlay.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from app.spatial.coordinates.crs import parse_crs
from app.spatial.pieces.claims import by_source, joined_codes
from app.spatial.pieces.overlay import AREA, OverlayOptions, lowest_code, numbered
from app.spatial.pieces.overlay_report import Listed, OverlayReport, is_valid_coverage, told_of
from app.spatial.pieces.slivers import Regions, Shared, SliverLimits, SliverReport, absorb
from app.spatial.planar.arcs import Arcs
from app.spatial.planar.cycles import connected
from app.spatial.planar.faces import OUTSIDE, pairs_of
from app.spatial.planar.precision import Precision
from app.spatial.planar.sweep import Carried, Swept, advance, carry, outlines
from app.spatial.planar.types import Flags, Floats, Ints


@dataclass
class _Tally:
    """Sums for the report, over the faces that were finished so far."""

    made_m2: list[Floats]
    area_m2: Floats
    overlap_m2: Floats
    slivers: SliverReport
    pieces: int = 0
    faces: int = 0
    ground_m2: float = 0.0
    valid: bool = True
    holes: int = 0
    hole_m2: float = 0.0
    gaps_closed: int = 0
    gap_m2: float = 0.0
    contested: int = 0
    contested_m2: float = 0.0


@dataclass(frozen=True)
class _Faces:
    """What is known of the faces of one step, one entry each: 0 the outside, the last one what was done before.

    `enclosed`: in a hole that is known whole; `beyond`: parted from the outside by a cut only. `small`: may be, or
    become, a sliver; `waits`: beside something that is open, so that nothing can be said of it;
    `blocked`: large, but may still grow.
    """

    swept: Swept
    shared: Shared
    owned: Flags
    enclosed: Flags
    beyond: Flags
    small: Flags
    waits: Flags
    blocked: Flags

    @property
    def finished(self) -> Flags:
        number = np.arange(len(self.swept))
        return (number > OUTSIDE) & (number <= self.swept.finished)


@dataclass
class StripOverlay:
    """`sources`: the networks by name, then the areas (called `area`) where there are any; their grids are numbered on
    end as the owners of the arcs. `networks`: the columns of the pieces, in order."""

    sources: Sequence[Listed]
    networks: Sequence[str]
    precision: Precision
    crs: str
    options: OverlayOptions
    carried: Carried | None = None
    tally: _Tally = field(init=False)

    def __post_init__(self) -> None:
        count, limits = len(self.sources), self._limits
        self.tally = _Tally(
            [np.zeros(len(source.codes)) for source in self.sources],
            np.zeros(count),
            np.zeros(count),
            SliverReport(limits.area_m2, limits.width_m, 0, 0, 0, 0, 0.0),
        )

    @property
    def _limits(self) -> SliverLimits:
        return SliverLimits(self.options.sliver_area, self.options.sliver_width)

    def add(self, part: Arcs, frontier: int | None) -> gpd.GeoDataFrame:
        """The pieces that are finished with this strip, numbered on; `part` and `frontier` as in `sweep.advance`."""
        swept = advance(self.carried, part, frontier, self.precision)
        faces = self._known(swept)
        pairs = by_source(*_finished_pairs(swept), [len(source.codes) for source in self.sources])
        labels = [
            joined_codes(len(swept), *pair, source.codes) for source, pair in zip(self.sources, pairs, strict=True)
        ]
        labels = [
            lowest_code(label) if source.name == AREA else label
            for source, label in zip(self.sources, labels, strict=True)
        ]
        self._count_faces(faces, pairs)
        into, closed = self._absorb(faces, labels)
        self._count_holes(faces, closed)
        blocked = np.bincount(into, weights=faces.blocked, minlength=len(swept)) > 0
        ripe = faces.finished & ~faces.waits & ~blocked & (into == np.arange(len(swept)))
        made = self._pieces(swept, into, ripe & faces.owned, labels)
        self.carried = carry(swept, into, ripe)
        return made

    def _known(self, swept: Swept) -> _Faces:
        number = np.arange(len(swept))
        finished, done = (number > OUTSIDE) & (number <= swept.finished), number == swept.done
        is_open = (number > swept.finished) & ~done
        owned = (swept.winding > 0).any(axis=1) | done
        owned[OUTSIDE] = False
        left, right = swept.side[0::2][swept.kept], swept.side[1::2][swept.kept]
        shared = Shared(left, right, swept.arcs.length_m[swept.kept])
        free = ~owned[left] & ~owned[right]
        hole, count = connected(len(swept), left[free], right[free])
        pending = np.zeros(count, np.bool_)
        pending[hole[is_open & ~owned]] = True
        pending[hole[OUTSIDE]] = False
        unowned = finished & ~owned & (hole != hole[OUTSIDE])
        hole_m2 = np.bincount(hole, weights=swept.area_m2, minlength=count)[hole]
        growing = self._limits.area_m2 > 0 and self._limits.width_m > 0
        small = (owned & finished) | unowned
        small &= growing & (np.where(owned, swept.area_m2, hole_m2) < self._limits.area_m2)
        unclear = unowned & pending[hole]
        cluster, clusters = connected(len(swept), *_between(left, right, small))
        unsettled = np.zeros(clusters, np.bool_)
        for one, other in ((left, right), (right, left)):
            unsettled[cluster[one[small[one] & is_open[other]]]] = True
        unsettled[cluster[small & unclear]] = True
        waits = (small & unsettled[cluster]) | unclear
        blocked = np.zeros(len(swept), np.bool_)
        for one, other in ((left, right), (right, left)):
            blocked[one[is_open[other] | (small & waits)[other]]] = True
        blocked &= growing & finished & owned
        beyond = finished & ~owned & ~unowned
        return _Faces(swept, shared, owned, unowned & ~unclear, beyond, small, waits, blocked)

    def _absorb(self, faces: _Faces, labels: Sequence[NDArray[np.object_]]) -> tuple[Ints, Flags]:
        """The group of each face, and which gaps were closed."""
        swept, settled = faces.swept, faces.small & ~faces.waits
        place = numbered(labels[-1]) if self.sources[-1].name == AREA else np.zeros(len(swept), np.int64)
        gap = settled & faces.enclosed
        ground = faces.owned & faces.finished
        regions = Regions(swept.area_m2, swept.border_m, place, ground, settled & (faces.owned | gap))
        into, told = absorb(regions, faces.shared, self._limits)
        before = self.tally.slivers
        self.tally.slivers = replace(
            before,
            found=before.found + told.found,
            absorbed=before.absorbed + told.absorbed,
            adopted=before.adopted + told.adopted,
            left=before.left + told.left,
            moved_m2=before.moved_m2 + told.moved_m2,
        )
        closed = gap & (into != np.arange(len(into)))
        into[faces.beyond] = OUTSIDE
        return into, closed

    def _pieces(
        self, swept: Swept, into: Ints, chosen: Flags, labels: Sequence[NDArray[np.object_]]
    ) -> gpd.GeoDataFrame:
        face, area_m2, polygons = outlines(swept, into, chosen, self.precision)
        label = {source.name: one[face] for source, one in zip(self.sources, labels, strict=True)}
        columns: dict[str, Any] = {"piece": self.tally.pieces + np.arange(len(polygons))}
        columns |= {name: label[name] for name in self.networks}
        columns[AREA] = label.get(AREA, np.full(len(polygons), "", dtype=object))
        columns["area_m2"] = area_m2
        self.tally.pieces += len(polygons)
        if self.options.verify and len(polygons):
            self.tally.valid &= is_valid_coverage(polygons)
        return gpd.GeoDataFrame(columns, geometry=polygons, crs=parse_crs(self.crs).proj)

    def _count_faces(self, faces: _Faces, pairs: Sequence[tuple[Ints, Ints]]) -> None:
        swept, tally = faces.swept, self.tally
        new = faces.finished & ~swept.told
        area_m2 = np.where(new, swept.area_m2, 0.0)
        tally.faces += int((new & faces.owned).sum())
        tally.ground_m2 += float(area_m2[faces.owned].sum())
        for number, (face, grid) in enumerate(pairs):
            times = np.bincount(face, minlength=len(swept))
            np.add.at(tally.made_m2[number], grid, area_m2[face])
            tally.area_m2[number] += area_m2[times > 0].sum()
            tally.overlap_m2[number] += area_m2[times > 1].sum()
            if self.sources[number].name == AREA:
                tally.contested += int((new & (times > 1)).sum())
                tally.contested_m2 += float(area_m2[times > 1].sum())

    def _count_holes(self, faces: _Faces, closed: Flags) -> None:
        tally, area_m2 = self.tally, faces.swept.area_m2
        left = faces.enclosed & ~faces.waits & ~closed
        tally.holes += int(left.sum())
        tally.hole_m2 += float(area_m2[left].sum())
        tally.gaps_closed += int(closed.sum())
        tally.gap_m2 += float(area_m2[closed].sum())

    def report(self) -> OverlayReport:
        """After the last strip; as that of `overlay`, but for `area_error`, which asks for the whole at once."""
        tally = self.tally
        given = zip(self.sources, tally.made_m2, tally.area_m2, tally.overlap_m2, strict=True)
        told = {source.name: told_of(source, made, float(area), float(over)) for source, made, area, over in given}
        return OverlayReport(
            crs=self.crs,
            grid_size=self.precision.size,
            areas=told.pop(AREA, None),
            networks=told,
            faces=tally.faces,
            pieces=tally.pieces,
            ground_m2=tally.ground_m2,
            area_error=None,
            valid=tally.valid if self.options.verify else None,
            holes=tally.holes,
            hole_m2=tally.hole_m2,
            gaps_closed=tally.gaps_closed,
            gap_m2=tally.gap_m2,
            contested=tally.contested,
            contested_m2=tally.contested_m2,
            slivers=tally.slivers,
        )


def _finished_pairs(swept: Swept) -> tuple[Ints, Ints]:
    winding = swept.winding.copy()
    winding[OUTSIDE] = 0
    winding[swept.finished + 1 :] = 0
    return pairs_of(swept.owners, winding)


def _between(left: Ints, right: Ints, some: Flags) -> tuple[Ints, Ints]:
    """The links between those that are marked."""
    both = some[left] & some[right]
    return left[both], right[both]
