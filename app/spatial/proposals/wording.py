"""Wishes that cannot be met, and choices instead, in English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BAND = "{minimum:g}–{maximum:g} {quantity}"
REASONS = MappingProxyType(
    {
        "coarse": f"its pieces are too coarse for {BAND}: grids hold {{least:.1f}} to {{most:.1f}}",
        "little": f"it holds {{total:g}} in all, less than one grid of {BAND}",
        "misfit": f"no number of grids fits {BAND}: {{total:g}} in {{grids:.0f}} would be {{each:.1f}} each, "
        "in {more:.0f} {less:.1f}",
        "lone": "{amount:g} {quantity} with nothing beside are less than a grid of {minimum:g}–{maximum:g}",
        "compound": "compound {compound} holds {amount:g} {quantity}, more than a grid may ({maximum:g})",
        "apart": "compound {compound} lies in {stretches:.0f} stretches that do not touch, {metres:.0f} m apart",
        "areas": "compound {compound} lies in {areas:.0f} areas ({where}), and a grid in one",
        "piece": "a piece is kept whole that holds more {quantity} than a grid may ({maximum:g})",
        "bridge_areas": "the bridge between pieces {from} and {to} ends in areas {area} and {other}: "
        "no grid can use it",
        "bridge_nowhere": "the bridge between pieces {from} and {to} ends in a locked grid or outside every area: "
        "no grid can use it",
    }
)
CHOICES = MappingProxyType(
    {
        "minimum": "a minimum of {minimum:g} {quantity}",
        "maximum": "a maximum of {maximum:g} {quantity}",
        "both": "a minimum of {minimum:g} and a maximum of {maximum:g} {quantity}",
        "raise": "raise the maximum to {maximum:g} {quantity}",
        "own_grid": "make compound {compound} a grid of its own",
        "parts": "divide it into {parts:.0f} grids",
        "bridge": "declare a bridge of {metres:.0f} m between pieces {from} and {to}",
    }
)


def reason_in_words(reason: str, figures: Mapping[str, float | str]) -> str:
    return REASONS[reason].format_map(figures)


def choice_in_words(action: str, figures: Mapping[str, float | str]) -> str:
    """With the area where the choice is for one area."""
    where = f" in area {figures['area']}" if figures.get("area") else ""
    return CHOICES[action].format_map(figures) + where
