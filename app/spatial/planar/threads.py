"""Compiled kernels on both cores: they hold no lock of the interpreter, so plain threads will do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

Outcome = TypeVar("Outcome")
THREADS = 2


def in_threads(part: Callable[[int, int], Outcome], count: int, stops: Sequence[int] | None = None) -> list[Outcome]:
    """`part(start, stop)` of consecutive ranges of 0 to `count`, at the same time; what they return, in order."""
    stops = stops or [count * number // THREADS for number in range(THREADS + 1)]
    with ThreadPoolExecutor(max(THREADS - 1, 1)) as pool:
        others = [pool.submit(part, *span) for span in pairwise(stops[1:])]
        return [part(stops[0], stops[1]), *(other.result() for other in others)]
