"""Which edition of each network holds at a moment, as known then or now: the rule behind every look-up, without a
database. The SQL twin is `onegrid_lookup` (migration 0003)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

ALWAYS, NEVER = np.iinfo(np.int64).min + 1, np.iinfo(np.int64).max
NONE = -1
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Holding:
    """One edition holds over [valid_from, valid_to), as known over [known_from, known_to); None is without end."""

    network: str
    edition: int
    valid_from: datetime | None
    valid_to: datetime | None
    known_from: datetime | None
    known_to: datetime | None

    def is_known(self, known_at: datetime | None) -> bool:
        """Whether this was believed at `known_at`; None asks for what is believed now."""
        return self.known_to is None if known_at is None else _within(known_at, self.known_from, self.known_to)

    def holds(self, at: datetime) -> bool:
        return _within(at, self.valid_from, self.valid_to)

    def ends_after(self, at: datetime) -> bool:
        return self.valid_to is None or self.valid_to > at


@dataclass(frozen=True)
class Spans:
    """Editions of one network one after another: `editions[i]` holds from `starts[i]` (microseconds since 1970 in UTC)
    up to `starts[i + 1]`; NONE where there is none."""

    starts: npt.NDArray[np.int64]
    editions: npt.NDArray[np.int64]

    def at(self, moments: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The edition that holds at each moment, NONE where none does."""
        return self.editions[np.searchsorted(self.starts, moments, side="right") - 1]


@dataclass(frozen=True)
class Timeline:
    """All holdings of all networks; `networks` are the codes of all networks, those without an edition too."""

    holdings: tuple[Holding, ...] = ()
    networks: tuple[str, ...] = ()

    def in_force(
        self, at: datetime, known_at: datetime | None = None, networks: Collection[str] | None = None
    ) -> dict[str, int]:
        """Network → edition at a moment, for the `networks` asked for or all, in the order of `networks`."""
        held = {h.network: h.edition for h in self.holdings if h.holds(at) and h.is_known(known_at)}
        return {code: held[code] for code in self.networks if code in held and (networks is None or code in networks)}

    def steady(self, at: datetime) -> tuple[datetime, datetime]:
        """From when until when, around a moment, the same editions hold, as known now."""
        known = [h for h in self.holdings if h.is_known(None)]
        moments = [moment for h in known for moment in (h.valid_from, h.valid_to) if moment is not None]
        return max((m for m in moments if m <= at), default=EARLIEST), min(
            (m for m in moments if m > at), default=LATEST
        )

    def from_now_on(self, now: datetime) -> frozenset[int]:
        """Editions that hold now or will, as known now."""
        return frozenset(h.edition for h in self.holdings if h.is_known(None) and h.ends_after(now))

    def spans(self, network: str, known_at: datetime | None = None) -> Spans:
        """The network's editions over all time."""
        known = [h for h in self.holdings if h.network == network and h.is_known(known_at)]
        known.sort(key=lambda h: _stamp(h.valid_from, ALWAYS))
        starts, editions = [ALWAYS - 1], [NONE]
        for holding in known:
            start, end = _stamp(holding.valid_from, ALWAYS), _stamp(holding.valid_to, NEVER)
            starts += [start, end]
            editions += [holding.edition, NONE]
        return Spans(np.array(starts, np.int64), np.array(editions, np.int64))


def stamps(moments: Sequence[datetime]) -> npt.NDArray[np.int64]:
    """Microseconds since 1970 in UTC of moments with a zone."""
    return np.array([_stamp(moment, ALWAYS) for moment in moments], np.int64)


def _stamp(moment: datetime | None, without: int) -> int:
    if moment is None:
        return without
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    delta = moment - epoch
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _within(at: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or start <= at) and (end is None or at < end)
