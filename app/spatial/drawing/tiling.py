"""The tiles of a web map: their addresses, their ground in EPSG:3857, and which of them something is in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

HALF_M = math.pi * 6378137.0
WORLD_M = 2 * HALF_M
TILE_PIXELS = 512
MARGIN = 1 / 64
"""Share of its side that a tile draws beyond each side, so that outlines do not end at its edge."""
DEEPEST = 24


class Tile(NamedTuple):
    """Column `x` from the west and row `y` from the north, of 2^z each."""

    z: int
    x: int
    y: int


def ground(tile: Tile, margin: float = MARGIN) -> tuple[float, float, float, float]:
    """West, south, east, north in EPSG:3857, with `margin` (share of the side) on each side."""
    side = WORLD_M / 2**tile.z
    west, north = tile.x * side - HALF_M, HALF_M - tile.y * side
    return west - margin * side, north - (1 + margin) * side, west + (1 + margin) * side, north + margin * side


def pixel_degrees(tile: Tile) -> float:
    """The side of a pixel in the middle of a tile, in degrees of latitude."""
    north = math.pi * (1 - (2 * tile.y + 1) / 2**tile.z)
    return 360 / 2**tile.z / TILE_PIXELS / math.cosh(north)


def tiles_over(boxes: npt.NDArray[np.float64], most: int, deepest: int = DEEPEST) -> Iterator[Tile]:
    """Tiles, from the whole world down to zoom `deepest`, that more than `most` of `boxes` reach into.

    `boxes`: (n, 4) west, south, east, north in EPSG:3857. A tile comes before those inside it.
    """
    waiting = [(Tile(0, 0, 0), np.arange(len(boxes)))]
    while waiting:
        tile, near = waiting.pop()
        west, south, east, north = ground(tile)
        box = boxes[near]
        near = near[(box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)]
        if len(near) <= most:
            continue
        yield tile
        if tile.z < deepest:
            waiting.extend((inside, near) for inside in _quarters(tile))


def _quarters(tile: Tile) -> list[Tile]:
    return [Tile(tile.z + 1, 2 * tile.x + right, 2 * tile.y + down) for down in (1, 0) for right in (1, 0)]
