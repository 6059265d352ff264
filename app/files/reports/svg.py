"""Drawings as inline SVG: with a title and a description that screen readers say, and nothing from outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup
from numpy.typing import NDArray

INK, FAINT, GRID = "#333333", "#777777", "#dddddd"
FONT = 11.5


@dataclass(frozen=True)
class Frame:
    """The plane of a chart in pixels: the drawing is `width` × `height`, the bars stand inside the margins."""

    width: float = 320.0
    height: float = 180.0
    left: float = 36.0
    right: float = 10.0
    top: float = 12.0
    bottom: float = 22.0

    @property
    def wide(self) -> float:
        return self.width - self.left - self.right

    @property
    def high(self) -> float:
        return self.height - self.top - self.bottom


@dataclass(frozen=True)
class Layer:
    """Polygons of one colour on a map, and how the legend calls them."""

    label: str
    colour: str
    shapes: NDArray[np.object_]


@dataclass(frozen=True)
class Histogram:
    """What a chart of counts shows: `edges` and `counts`; `band` is shaded; bars with `outside` stand out."""

    edges: Sequence[float]
    counts: Sequence[int]
    ticks: Mapping[float, str]
    band: tuple[float, float] | None = None
    colour: str = "#4a7ab5"
    colour_outside: str = "#d9813a"


def drawing(width: float, height: float, title: str, told: str, body: Iterable[str], number: int) -> Markup:
    """An `svg` element; `number` keeps its ids apart from those of the other drawings of a document."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:g} {height:g}" '
        f'aria-labelledby="d{number}t d{number}d"><title id="d{number}t">{escape(title)}</title>'
        f'<desc id="d{number}d">{escape(told)}</desc>'
    )
    return Markup(head + "".join(body) + "</svg>")  # every text in it went through `escape`


def text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = INK, size: float = FONT) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{size:g}" fill="{colour}">{escape(words)}</text>'


def rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" fill="{colour}"/>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str = GRID, width: float = 1) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width:g}"/>'


def histogram(shown: Histogram, frame: Frame) -> list[str]:
    """Bars with gridlines; those whose middle lies outside the band in another colour."""
    low, high = float(shown.edges[0]), float(shown.edges[-1])
    most = max(max(shown.counts, default=0), 1)
    step = _step(most)
    top = step * -(-most // step)

    def x(value: float) -> float:
        return frame.left + (value - low) / (high - low) * frame.wide

    def y(amount: float) -> float:
        return frame.top + frame.high * (1 - amount / top)

    made = []
    if shown.band:
        made.append(rect(x(shown.band[0]), frame.top, x(shown.band[1]) - x(shown.band[0]), frame.high, "#e8f0e4"))
    for amount in range(0, top + 1, step):
        made += [line(frame.left, y(amount), frame.left + frame.wide, y(amount))]
        made += [text(frame.left - 5, y(amount) + 3.5, f"{amount:,}", anchor="end", colour=FAINT)]
    for left, right, amount in zip(shown.edges, shown.edges[1:], shown.counts, strict=False):
        middle = (left + right) / 2
        inside = shown.band is None or shown.band[0] <= middle <= shown.band[1]
        colour = shown.colour if inside else shown.colour_outside
        made.append(rect(x(left) + 0.8, y(amount), x(right) - x(left) - 1.6, y(0) - y(amount), colour))
    made.append(line(frame.left, y(0), frame.left + frame.wide, y(0), INK))
    made += [text(x(value), y(0) + 14, words, anchor="middle") for value, words in shown.ticks.items()]
    return made


def map_body(
    layers: Sequence[Layer], outlines: NDArray[np.object_], bounds: Sequence[float], width: float
) -> list[str]:
    """Filled polygons with white borders, and lines over them; north is up, the scale is `width` / the bounds'."""
    place = _placer(bounds, width)
    drawn = (layer for layer in layers if len(layer.shapes))
    made = [_filled(layer.colour, _path(layer.shapes, place)) for layer in drawn]
    if len(outlines):
        path = _path(outlines, place)
        made.append(f'<path fill="none" stroke="{INK}" stroke-width="0.9" stroke-linejoin="round" d="{path}"/>')
    return made


def _filled(colour: str, path: str) -> str:
    return f'<path fill="{colour}" stroke="#ffffff" stroke-width="0.5" stroke-linejoin="round" d="{path}"/>'


def map_height(bounds: Sequence[float], width: float) -> float:
    west, south, east, north = bounds
    return float(width * (north - south) / max(east - west, 1e-9))


def legend(layers: Sequence[Layer], x: float, y: float) -> list[str]:
    """A row for each colour."""
    made = []
    for row, layer in enumerate(layers):
        made.append(rect(x, y + 15 * row - 8.5, 11, 11, layer.colour))
        made.append(text(x + 16, y + 15 * row + 0.5, layer.label))
    return made


def scale_bar(bounds: Sequence[float], width: float, x: float, y: float) -> list[str]:
    """A bar of a round length, at most a fifth of the map."""
    ground = (bounds[2] - bounds[0]) / 5
    metres = max((n * 10**e for e in range(1, 6) for n in (1, 2, 5) if n * 10**e <= ground), default=10)
    long = metres / (bounds[2] - bounds[0]) * width
    words = f"{metres // 1000} km" if metres >= 1000 else f"{metres} m"
    return [line(x - long, y, x, y, INK, 2), text(x - long / 2, y - 4, words, anchor="middle", size=9)]


def numbers() -> Any:
    """Numbers for the drawings of one document."""
    return count(1)


def _step(most: int) -> int:
    """Between gridlines: 1, 2 or 5 times a power of ten, for at most five lines."""
    return next(n * 10**e for e in range(12) for n in (1, 2, 5) if n * 10**e * 5 >= most)


def _placer(bounds: Sequence[float], width: float) -> Any:
    west, _, east, north = bounds
    scale = width / max(east - west, 1e-9)
    return lambda xy: np.round(np.column_stack([(xy[:, 0] - west) * scale, (north - xy[:, 1]) * scale]), 1)


def _path(shapes: NDArray[np.object_], place: Any) -> str:
    """Rings of polygons, or lines, as one path."""
    parts = shapely.get_parts(shapes)
    areal = shapely.get_dimensions(parts) == 2
    rings = np.concatenate([shapely.get_rings(parts[areal]), parts[~areal]])
    made = []
    for ring in rings:
        points = place(shapely.get_coordinates(ring))
        closed = "Z" if ring.is_ring else ""
        made.append("M" + "L".join(f"{x:g},{y:g}" for x, y in points.tolist()) + closed)
    return "".join(made)
