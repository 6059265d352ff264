"""Maps and charts of a plan's report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from markupsafe import Markup

from app.files.reports import svg
from app.files.reports.words import Say, label

MAP_WIDTH = 300.0
KIND_COLOURS = {"resident": "#9dc6df", "business": "#f2a65a", "institution": "#b9a3d0"}
CAMPUS_COLOUR = "#c9c9c9"
DEVIATION = (
    ("below_25", "#2b6ca3", -0.25), ("below_10", "#a3c8e2", -0.10), ("near", "#eeeadb", 0.10),
    ("above_10", "#f4b183", 0.25), ("above_25", "#c0501f", np.inf),
)  # fmt: skip
ORIGIN = (
    ("origin_low", "#c0501f", 0.50), ("origin_mid", "#f4b183", 0.75), ("origin_high", "#c9dcb8", 0.95),
    ("origin_whole", "#6d9a56", np.inf),
)  # fmt: skip
LOAD = (
    ("load_none", "#f2f2f2", 1e-9), ("load_low", "#dbe7f3", 0.5), ("load_mid", "#a3c8e2", 1.5),
    ("load_high", "#f4b183", 3.0), ("load_top", "#c0501f", np.inf),
)  # fmt: skip
Classes = tuple[tuple[str, str, float], ...]


@dataclass(frozen=True)
class Picture:
    title: str
    drawing: Markup
    told: str = ""


@dataclass(frozen=True)
class Ground:
    """What maps are drawn from, in metres and simplified: grids with `kind`, `campus`, `deviation`, `kept_old` and,
    after a replay, `load`; lines between areas."""

    grids: gpd.GeoDataFrame
    area_lines: gpd.GeoSeries


def maps(ground: Ground, say: Say) -> Iterator[Picture]:
    """By kind, by deviation from the target, by origin where there are old networks, by load after a replay."""
    grids, numbers = ground.grids, count(1)
    kinds = [_layer(say, kind, colour, grids[grids["kind"] == kind]) for kind, colour in KIND_COLOURS.items()]
    yield _map(ground, say("by_kind"), kinds, next(numbers))
    banded = grids[~grids["campus"]]
    layers = _classed(banded, "deviation", DEVIATION, say)
    if len(banded) < len(grids):
        layers.append(_layer(say, "campus", CAMPUS_COLOUR, grids[grids["campus"]]))
    yield _map(ground, say("by_deviation"), layers, next(numbers))
    if "kept_old" in grids:
        yield _map(ground, say("by_origin"), _classed(grids, "kept_old", ORIGIN, say), next(numbers))
    if "load" in grids:
        yield _map(ground, say("by_load"), _classed(grids, "load", LOAD, say), next(numbers))


def charts(judged: Mapping[str, Any], say: Say) -> Iterator[Picture]:
    """Sizes of every kind against its band; shapes."""
    numbers = count(101)
    for kind, sizes in judged["sizes"].items():
        if sizes["grids"] > sizes["campuses"]:
            yield _size_chart(kind, sizes, say, next(numbers))
    shapes = judged["shapes"]
    ticks = {edge: f"{edge:g}" for edge in shapes["histogram"]["edges"][::2]}
    shown = svg.Histogram(shapes["histogram"]["edges"], shapes["histogram"]["counts"], ticks, colour="#6d9a56")
    told = say("shape_told", mean=f"{shapes['mean']:.2f}", p10=f"{shapes['p10']:.2f}")
    yield _chart(say("shape_chart"), told, shown, next(numbers))


def _size_chart(kind: str, sizes: Mapping[str, Any], say: Say, number: int) -> Picture:
    target = sizes["target"]
    edges = [edge * target for edge in sizes["histogram"]["edges"]]
    ticks = {edge: f"{edge:,.0f}" for edge in edges[::5]}
    band = sizes["minimum"], sizes["maximum"]
    shown = svg.Histogram(edges, sizes["histogram"]["counts"], ticks, band)
    low, high = (f"{side:,.0f}" for side in band)
    title = say("size_chart", kind=say(kind), quantity=label(sizes["quantity"], say), low=low, high=high)
    counted = {name: sizes[name] for name in ("inside", "below", "above")}
    amounts = {name: f"{sizes[name]:,.0f}" for name in ("smallest", "mean", "largest")}
    told = say("size_told", grids=sizes["grids"] - sizes["campuses"], **counted, **amounts)
    return _chart(title, told, shown, number)


def _chart(title: str, told: str, shown: svg.Histogram, number: int) -> Picture:
    frame = svg.Frame()
    return Picture(
        title, svg.drawing(frame.width, frame.height, title, told, svg.histogram(shown, frame), number), told
    )


def _map(ground: Ground, title: str, layers: list[svg.Layer], number: int) -> Picture:
    """A map with its legend below and a scale bar."""
    bounds = tuple(ground.grids.total_bounds)
    shown = [layer for layer in layers if len(layer.shapes)]
    high = svg.map_height(bounds, MAP_WIDTH)
    total = high + 15 * len(shown) + 10
    body = svg.map_body(shown, np.asarray(ground.area_lines.to_numpy(), dtype=object), bounds, MAP_WIDTH)
    body += svg.legend(shown, 2, high + 16)
    body += svg.scale_bar(bounds, MAP_WIDTH, MAP_WIDTH - 4, high + 20)
    told = "; ".join(layer.label for layer in shown)
    return Picture(title, svg.drawing(MAP_WIDTH, total, title, told, body, number))


def _classed(grids: gpd.GeoDataFrame, column: str, classes: Classes, say: Say) -> list[svg.Layer]:
    """Grids by class of a value: each class takes what lies below its bound."""
    bounds = [bound for _, _, bound in classes]
    place = np.searchsorted(bounds, grids[column].to_numpy(dtype=float), side="right").clip(max=len(classes) - 1)
    return [_layer(say, key, colour, grids[place == number]) for number, (key, colour, _) in enumerate(classes)]


def _layer(say: Say, key: str, colour: str, grids: pd.DataFrame) -> svg.Layer:
    shapes = np.asarray(grids["geometry"].to_numpy(), dtype=object)
    return svg.Layer(say("counted", what=say(key), count=len(grids)), colour, shapes)
