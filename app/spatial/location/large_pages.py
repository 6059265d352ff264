"""Arrays that are read here and there, on large pages of memory.

A look-up reads a few dozen places all over a table. With pages of 4 kB most of them have an address that the processor
must look up first, which takes as long as the reading itself, and longer in a virtual machine.
"""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

LARGE = 1 << 21
WORTH = 1 << 18
"""Smaller arrays stay where they are: their pages are known anyway."""
LINE = 64


def on_large_pages(*arrays: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
    """Copies, one behind another on large pages where the system has them to give; small ones as they are."""
    places = np.cumsum([0] + [-(-array.nbytes // LINE) * LINE for array in arrays])
    if places[-1] < WORTH or not hasattr(mmap, "MADV_HUGEPAGE"):
        return arrays
    memory = mmap.mmap(-1, int(places[-1]) + LARGE)
    try:
        memory.madvise(mmap.MADV_HUGEPAGE)
    except OSError:  # a kernel without them
        return arrays
    held = np.frombuffer(memory, np.uint8)
    held = held[-held.ctypes.data % LARGE :]  # they begin at their multiples
    return tuple(_placed(held[start:], array) for start, array in zip(places.tolist(), arrays, strict=False))


def _placed(held: npt.NDArray[np.uint8], array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    made = held[: array.nbytes].view(array.dtype).reshape(array.shape)
    made[...] = array
    return made
