"""Memory that was freed and that the process still holds."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Hand it back to the system, where its library can (glibc): loading an edition takes several times what is kept of
    it, in small pieces, of which the library keeps those that lie among others."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
