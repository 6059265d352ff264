"""How far a long job is, told to whoever watches; and the moment at which a person's wish to cancel is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Progress:
    """`report(fraction, message)` may raise Cancelled; `within` maps a part's 0–1 onto a span of the whole."""

    report: Report

    def __call__(self, fraction: float, message: str = "") -> None:
        self.report(min(max(fraction, 0.0), 1.0), message)

    def within(self, start: float, end: float) -> Progress:
        return Progress(lambda fraction, message: self(start + (end - start) * fraction, message))


def silent() -> Progress:
    """Progress that nobody watches."""
    return Progress(lambda fraction, message: None)
