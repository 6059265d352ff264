"""The table `layer_styles` as QGIS makes and reads it (QgsOgrProviderMetadata, checked with QGIS 3.22), and its QML."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import pytest
import shapely

from app.files.styles import PLAN_STYLES, Style, borders_style, qml
from app.files.writing import write_frames

COLUMNS = [
    "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "styleName", "styleQML", "styleSLD",
    "useAsDefault", "description", "owner", "ui", "update_time",
]  # fmt: skip
AS_QGIS_ASKS = """
    SELECT styleQML FROM layer_styles WHERE f_table_schema = '' AND f_table_name = ? AND f_geometry_column = ?
    ORDER BY CASE WHEN useAsDefault THEN 1 ELSE 2 END, update_time DESC LIMIT 1
"""
STYLES = {**PLAN_STYLES, "borders": borders_style(["civilization", "areas", "civilization|areas", "split", ""])}


def frame() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": ["a"], "kind": ["resident"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "plan.gpkg"
    write_frames({name: frame() for name in PLAN_STYLES}, path, styles=PLAN_STYLES)
    return path


def test_qgis_finds_a_default_style_for_every_layer(package: Path) -> None:
    with sqlite3.connect(package) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(layer_styles)")]
        assert columns[0] == "fid"
        assert columns[1:] == COLUMNS
        kinds = {row[1]: row[2] for row in database.execute("PRAGMA table_info(layer_styles)")}
        assert (kinds["useAsDefault"], kinds["update_time"]) == ("BOOLEAN", "DATETIME")
        listed = database.execute("SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'").fetchall()
        assert listed == [("attributes",)]
        layers = dict(database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall())
        assert set(layers) == set(PLAN_STYLES)
        for layer, geometry in layers.items():
            (found,) = database.execute(AS_QGIS_ASKS, (layer, geometry)).fetchone()
            assert found == qml(PLAN_STYLES[layer])


@pytest.mark.parametrize("name", STYLES)
def test_qml_has_the_structure_that_qgis_reads(name: str) -> None:
    style: Style = STYLES[name]
    text = qml(style)
    assert text.startswith("<!DOCTYPE qgis PUBLIC")
    root = ElementTree.fromstring(text)
    assert root.tag == "qgis"
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("type") == "categorizedSymbol"
    assert renderer.get("attr") == style.attribute
    categories = renderer.findall("categories/category")
    symbols = {symbol.get("name"): symbol for symbol in renderer.findall("symbols/symbol")}
    assert [each.get("value") for each in categories] == [each.value for each in style.categories]
    for category in categories:
        symbol = symbols[category.get("symbol")]
        layer = symbol.find("layer")
        assert layer is not None
        drawn = ("line", "SimpleLine") if style.line else ("fill", "SimpleFill")
        assert (symbol.get("type"), layer.get("class")) == drawn
        new = {option.get("name"): option.get("value") for option in layer.findall("Option/Option")}
        assert new == {prop.get("k"): prop.get("v") for prop in layer.findall("prop")}
    if style.label:
        settings = root.find("labeling/settings/text-style")
        assert settings is not None
        assert (settings.get("fieldName"), settings.get("isExpression")) == (style.label, "1")
    assert root.findtext("layerGeometryType") == ("1" if style.line else "2")


def test_the_same_content_gives_the_same_bytes_and_other_formats_no_styles(package: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.gpkg"
    write_frames({name: frame() for name in PLAN_STYLES}, again, styles=PLAN_STYLES)
    assert again.read_bytes() == package.read_bytes()
    made = write_frames({"grids": frame()}, tmp_path / "grids.geojson", styles=PLAN_STYLES)
    assert made == [tmp_path / "grids.geojson"]


def test_borders_have_a_colour_for_each_who_drew_some_alone() -> None:
    values = [category.value for category in STYLES["borders"].categories]
    assert values == ["|", "civilization", "areas", "split", "edit", ""]
