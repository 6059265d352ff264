"""Styles for QGIS inside a GeoPackage: the table `layer_styles`, from which QGIS takes a layer's default style.

The table is the one that QGIS writes itself (QgsOgrProviderMetadata::saveStyle): it is found by the layer's name and
the name of its geometry column, with an empty schema; of several rows the one with `useAsDefault` wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from app.files.gdal import write_layer

TABLE = "layer_styles"
GEOMETRY = "geom"  # as GDAL calls it
CHANGED = "1980-01-01T00:00:00.000Z"  # a fixed moment, so that the same content gives the same bytes
HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
VERSION = "3.22.0"
FONT = "Noto Sans CJK SC"

KIND_COLOURS = {"resident": "166,206,227", "business": "253,191,111", "institution": "202,178,214"}
KIND_NAMES = {"resident": "居民 resident", "business": "商务 business", "institution": "单位 institution"}
OTHER = ("", "其他 other", "230,230,230")


@dataclass(frozen=True)
class Category:
    """One value of the attribute, how the legend calls it, its colour (`r,g,b`), and the width of its line in mm."""

    value: str
    label: str
    colour: str
    width: float = 0.2


@dataclass(frozen=True)
class Style:
    """How a layer looks: a symbol for each value of an expression, labels from another ('' for none).

    `line`: the layer has lines, not polygons. `label_scale`: labels from 1:this on.
    """

    attribute: str
    categories: Sequence[Category]
    line: bool = False
    alpha: int = 160
    outline: str = "90,90,90"
    outline_mm: float = 0.2
    label: str = ""
    label_scale: int = 30_000
    title: str = ""


def kinds() -> list[Category]:
    made = [Category(kind, KIND_NAMES[kind], colour) for kind, colour in KIND_COLOURS.items()]
    return [*made, Category(*OTHER)]


def write_styles(path: Path, styles: Mapping[str, Style]) -> None:
    """Add the default styles of these layers to a GeoPackage."""
    rows = pd.DataFrame(
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": list(styles),
            "f_geometry_column": GEOMETRY,
            "styleName": list(styles),
            "styleQML": [qml(style) for style in styles.values()],
            "styleSLD": "",
            "useAsDefault": True,
            "description": [style.title for style in styles.values()],
            "owner": "OneGrid",
            "ui": "",
            "update_time": pd.Timestamp(CHANGED).as_unit("ms"),
        }
    )
    write_layer(rows, path, "GPKG", layer=TABLE, append=True)


def qml(style: Style) -> str:
    """The style as QGIS stores it: symbols by category, and labels."""
    root = ElementTree.Element(
        "qgis", version=VERSION, styleCategories="Symbology|Labeling", labelsEnabled="1" if style.label else "0"
    )
    renderer = ElementTree.SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr=style.attribute, symbollevels="0", enableorderby="0",
        forceraster="0",
    )  # fmt: skip
    categories = ElementTree.SubElement(renderer, "categories")
    symbols = ElementTree.SubElement(renderer, "symbols")
    for number, category in enumerate(style.categories):
        name = str(number)
        ElementTree.SubElement(
            categories, "category", value=category.value, label=category.label, symbol=name, render="true"
        )
        _symbol(symbols, name, category, style)
    if style.label:
        _labels(root, style)
    ElementTree.SubElement(root, "blendMode").text = "0"
    ElementTree.SubElement(root, "layerGeometryType").text = "1" if style.line else "2"
    ElementTree.indent(root, " ")
    return HEAD + ElementTree.tostring(root, encoding="unicode")


def _symbol(parent: ElementTree.Element, name: str, category: Category, style: Style) -> None:
    kind = "line" if style.line else "fill"
    symbol = ElementTree.SubElement(
        parent, "symbol", type=kind, name=name, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    if style.line:
        values = {
            "line_color": f"{category.colour},255",
            "line_style": "solid",
            "line_width": str(category.width),
            "line_width_unit": "MM",
            "capstyle": "round",
            "joinstyle": "round",
        }
    else:
        values = {
            "color": f"{category.colour},{style.alpha}",
            "style": "solid" if style.alpha else "no",
            "outline_color": f"{style.outline},255",
            "outline_style": "solid",
            "outline_width": str(style.outline_mm),
            "outline_width_unit": "MM",
            "joinstyle": "bevel",
        }
    layer_class = "SimpleLine" if style.line else "SimpleFill"
    layer = ElementTree.SubElement(symbol, "layer", {"class": layer_class, "enabled": "1", "locked": "0", "pass": "0"})
    _options(layer, values)


def _options(parent: ElementTree.Element, values: Mapping[str, str]) -> None:
    options = ElementTree.SubElement(parent, "Option", type="Map")
    for name, value in values.items():
        ElementTree.SubElement(options, "Option", type="QString", name=name, value=value)
        ElementTree.SubElement(parent, "prop", k=name, v=value)  # QGIS before 3.26 reads these


def _labels(root: ElementTree.Element, style: Style) -> None:
    """Inside the polygon (or along the line), with a white halo, and only from a scale on."""
    labelling = ElementTree.SubElement(root, "labeling", type="simple")
    settings = ElementTree.SubElement(labelling, "settings", calloutType="simple")
    text = ElementTree.SubElement(
        settings, "text-style", fieldName=style.label, isExpression="1", fontFamily=FONT, fontSize="8",
        fontSizeUnit="Point", namedStyle="Regular", fontWeight="50", textColor="40,40,40,255", textOpacity="1",
        multilineHeight="1", blendMode="0", fontItalic="0", fontUnderline="0", fontStrikeout="0",
    )  # fmt: skip
    ElementTree.SubElement(
        text, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM",
        bufferColor="255,255,255,255", bufferOpacity="1", bufferNoFill="1", bufferJoinStyle="128", bufferBlendMode="0",
    )  # fmt: skip
    ElementTree.SubElement(
        settings, "placement", placement="2" if style.line else "1", quadOffset="4", centroidInside="1",
        centroidWhole="1", dist="0", priority="5",
    )  # fmt: skip
    ElementTree.SubElement(
        settings, "rendering", scaleVisibility="1", scaleMin="1", scaleMax=str(style.label_scale), obstacle="1",
        drawLabels="1", displayAll="0", fontLimitPixelSize="0", mergeLines="1" if style.line else "0",
    )  # fmt: skip


DRAWN = "CASE WHEN \"drawn_by\" LIKE '%|%' THEN '|' ELSE \"drawn_by\" END"
SEVERAL = Category("|", "几方共有 several", "70,70,70", 0.3)
DRAWERS = {
    "areas": Category("areas", "行政区域 areas", "90,30,110", 0.6),
    "split": Category("split", "切开 split", "215,48,39", 0.3),
    "edit": Category("edit", "手工 edit", "231,41,138", 0.3),
}
LINE_COLOURS = ("31,120,180", "51,160,44", "255,127,0", "106,61,154", "177,89,40", "0,139,139")


def borders_style(drawn_by: Iterable[str]) -> Style:
    """Lines by who drew them: a colour for each network and layer that drew some alone, one for what several drew."""
    alone = sorted({who for who in drawn_by if who and "|" not in who} - DRAWERS.keys())
    networks = [Category(who, who, LINE_COLOURS[at % len(LINE_COLOURS)], 0.3) for at, who in enumerate(alone)]
    rest = Category("", "无人 nobody", "170,170,170")
    return Style(
        DRAWN, [SEVERAL, *networks, *DRAWERS.values(), rest], line=True, title="边界由谁划定 who drew the borders"
    )


PLAN_STYLES: Mapping[str, Style] = {
    "grids": Style(
        "kind", kinds(), alpha=110, outline="20,20,20", outline_mm=0.45, label="\"code\" || '\\n' || \"name\"",
        title="网格：按类别着色 grids by kind",
    ),
    "pieces": Style(
        "kind", kinds(), alpha=40, outline="150,150,150", outline_mm=0.1, label='"piece"', label_scale=10_000,
        title="最小单元 pieces",
    ),
    "lineage": Style(
        "network", [Category("", "新旧对应 old → new", "120,120,120")], alpha=0, outline="120,120,120", outline_mm=0.1,
        label="\"old\" || ' → ' || \"new\"", label_scale=10_000, title="新旧对应 lineage",
    ),
}  # fmt: skip
