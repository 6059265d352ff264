"""Codes that residents follow their reports by: read off a screen, written on paper, told by telephone."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import InputError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 symbols: no I, L, O, U, which are taken for others or make words."""
SYMBOLS = 20  # of 32: 100 bits
GROUP = 4
ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})


def made_of(numbers: Sequence[int]) -> str:
    """The code of `SYMBOLS` random numbers below 32, without hyphens."""
    return "".join(ALPHABET[number] for number in numbers)


def grouped(code: str) -> str:
    """As people read it: 7K3M-0QXT-…"""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def plain(text: str) -> str:
    """The code that somebody typed: case, hyphens, spaces and look-alikes do not matter. Raises InputError."""
    code = "".join(text.upper().translate(ALIKE).replace("-", " ").split())
    if len(code) != SYMBOLS or any(symbol not in ALPHABET for symbol in code):
        raise InputError(f"a follow code has {SYMBOLS} digits and letters, in groups of {GROUP}")
    return code
