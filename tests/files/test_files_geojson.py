"""GeoJSON as people write it: every departure is named with its row, nothing is lost, nothing is moved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.errors import FileError, OneGridError, TooLarge
from app.files import jsonstream
from app.files.reading import Limits, Source, read_source

SQUARE = [[113.5, 22.7], [113.6, 22.7], [113.6, 22.8], [113.5, 22.8], [113.5, 22.7]]


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **members}


def read(folder: Path, document: Any, codec: str = "utf-8", **options: Any) -> Source:
    path = folder / "grids.geojson"
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    path.write_bytes(text.encode(codec))
    return read_source(path, **options)


def test_rows_fields_and_shapes_come_as_they_are(tmp_path: Path) -> None:
    source = read(
        tmp_path,
        collection(
            feature(polygon(SQUARE), code="001", households=3, name="第一网格"),
            feature(None, code="002", extra=[1, 2]),
            feature({"type": "Point", "coordinates": [113.5, 22.7, 4]}, code="003", households=2.5),
        ),
    )
    assert source.frame["code"].tolist() == ["001", "002", "003"]
    assert source.frame["households"].tolist()[0::2] == [3.0, 2.5]
    assert source.frame["extra"].tolist()[1] == "[1, 2]"
    assert source.frame.geometry[0].equals(shapely.box(113.5, 22.7, 113.6, 22.8))
    assert source.frame.geometry[1] is None
    assert source.frame.geometry[2].z == 4
    assert source.defects == ()
    assert source.samples["name"] == ["第一网格"]
    assert source.crs is not None
    assert source.crs.to_epsg() == 4326
    assert "RFC 7946" in source.crs_reason


@pytest.mark.parametrize(
    ("geometry", "kind", "told"),
    [
        (polygon(SQUARE[:-1]), "unclosed_ring", "the outer ring is not closed"),
        (polygon(SQUARE, SQUARE[:-1]), "unclosed_ring", "hole 1 is not closed"),
        (polygon(SQUARE[:2] + SQUARE[:1]), "too_few_points", "fewer than four positions"),
        (polygon([SQUARE]), "broken_geometry", "nesting too deep"),
        (polygon(*SQUARE), "broken_geometry", "nesting too shallow"),
        (polygon(113.5), "broken_geometry", "not a list of positions"),
        (polygon([[113.5, "22.7"]] * 4), "broken_geometry", "where a number belongs"),
        (polygon([[113.5, 22.7], []] * 2), "broken_geometry", "position 2 has 0 numbers"),
        ({"type": "Polygon"}, "broken_geometry", "no coordinates"),
        ({"type": "Polygon", "coordinates": None}, "broken_geometry", "not a list"),
        ({"type": "polygon", "coordinates": [SQUARE]}, "broken_geometry", "'polygon' is not a geometry"),
        ({"coordinates": [SQUARE]}, "broken_geometry", "it has no type"),
        ({"type": "MultiPolygon", "coordinates": [SQUARE]}, "broken_geometry", "nesting too shallow"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "broken_geometry", "at least 2 are needed"),
        ({"type": "MultiLineString", "coordinates": [[[1, 2]]]}, "broken_geometry", "line 1 has 1 positions"),
        ({"type": "Point", "coordinates": [[1, 2]]}, "broken_geometry", "nesting too deep"),
        ({"type": "Point", "coordinates": [1]}, "broken_geometry", "at least 2 are needed"),
        ({"type": "Point", "coordinates": [-1.7e308, 1e308]}, "broken_geometry", "no place on earth"),
        ({"type": "Point", "coordinates": [1, 2, 3, 4]}, "height_or_measure", "more than three numbers"),
        ({"type": "GeometryCollection", "geometries": [None]}, "broken_geometry", "is null"),
        ({"type": "GeometryCollection"}, "broken_geometry", "no list of geometries"),
        ("POLYGON ((1 1))", "broken_geometry", "not an object"),
        ([1, 2], "broken_geometry", "not an object"),
    ],
)
def test_each_defect_is_named_with_its_row(tmp_path: Path, geometry: Any, kind: str, told: str) -> None:
    source = read(tmp_path, collection(feature(polygon(SQUARE), code=1), feature(geometry, code=2)))
    (defect,) = source.defects
    assert (defect.kind, defect.row) == (kind, 2)
    assert told in defect.detail
    assert len(source.frame) == 2
    assert (source.frame.geometry[1] is None) == (kind == "broken_geometry" and "is null" not in told)


def test_an_unclosed_ring_is_closed_at_the_place_that_is_told(tmp_path: Path) -> None:
    source = read(tmp_path, collection(feature(polygon(SQUARE[:-1]))))
    assert source.frame.geometry[0].equals(shapely.box(113.5, 22.7, 113.6, 22.8))
    assert (source.defects[0].x, source.defects[0].y) == (113.5, 22.8)


@pytest.mark.parametrize("stranger", [None, 7, "text", [], {}, {"type": "feature"}, {"type": "Polygon"}])
def test_what_is_no_feature_leaves_an_empty_row_so_that_numbers_stay_right(tmp_path: Path, stranger: Any) -> None:
    source = read(tmp_path, collection(feature(polygon(SQUARE), code="a"), stranger, feature(None, code="c")))
    assert [(d.kind, d.row) for d in source.defects] == [("not_a_feature", 2)]
    assert source.frame["code"].tolist()[0::2] == ["a", "c"]
    assert len(source.frame) == 3


def test_mixed_dimensions_in_one_ring_become_flat(tmp_path: Path) -> None:
    ring = [[*SQUARE[0], 5], *SQUARE[1:4], [*SQUARE[4], 5]]
    source = read(tmp_path, collection(feature(polygon(ring))))
    assert not source.frame.geometry[0].has_z
    assert source.frame.geometry[0].area == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("   \n ", "only blanks"),
        ("[1, 2]", "a list, not GeoJSON"),
        ('{"type": "FeatureCollection"}', "`features` is missing"),
        ('{"type": "FeatureCollection", "features": {}}', "`features` is not a list"),
        ('{"type": "featurecollection", "features": []}', "its type is 'featurecollection'"),
        ('{"features": []}', "no member `type`"),
        ("{}", "no member `type`"),
        ('{"a": 1}{"b": 2}', "no member `type`"),
    ],
)
def test_documents_that_are_no_geojson(tmp_path: Path, document: str, told: str) -> None:
    with pytest.raises(FileError, match=told):
        read(tmp_path, document)


@pytest.mark.parametrize(
    ("document", "line", "column"),
    [
        ('{"type": "FeatureCollection",\n "features": [\n  {"type": "Feature",,}\n]}', 3, 22),
        ('{"type": "FeatureCollection",\n "features": [\n  {"a": NaN}\n]}', 3, 3),
        ('{"type": "FeatureCollection",\n\n "features": [{"a": -1e-14.0}]}', 3, 27),
        ('{"type": "FeatureCollection"\n "features": []}', 2, 2),
        ("{'type': 1}", 1, 2),
        ('{"type" "x"}', 1, 9),
    ],
)
def test_invalid_json_names_line_and_column(tmp_path: Path, document: str, line: int, column: int) -> None:
    with pytest.raises(FileError, match=f"at line {line}, column {column}:"):
        read(tmp_path, document)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9, 0.999])
def test_a_file_cut_off_is_refused_wherever_it_ends(tmp_path: Path, share: float) -> None:
    text = json.dumps(collection(*[feature(polygon(SQUARE), code=str(n)) for n in range(20)]))
    with pytest.raises(FileError, match=r"not valid JSON at line 1.*(ends|cut off)"):
        read(tmp_path, text[: int(len(text) * share)])


def test_a_fault_far_into_a_long_file_has_the_right_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonstream, "CHUNK", 1_000)
    lines = [json.dumps(feature(polygon(SQUARE), code=str(n))) for n in range(500)]
    lines[400] = lines[400].replace('"code"', "code")
    text = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}"
    with pytest.raises(FileError) as raised:
        read(tmp_path, text)
    assert raised.value.members["line"] == 402


def test_deep_nesting_is_refused_without_a_crash(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nested too deeply"):
        read(tmp_path, '{"type": "FeatureCollection", "features": [' + "[" * 100_000)


@pytest.mark.parametrize(
    ("codec", "found"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("gbk", "gb18030")]
)
def test_encodings_of_geojson(tmp_path: Path, codec: str, found: str) -> None:
    source = read(tmp_path, collection(feature(None, name="南沙街道第一网格")), codec)
    assert source.encoding == found
    assert source.frame["name"].tolist() == ["南沙街道第一网格"]


def test_an_encoding_can_be_told(tmp_path: Path) -> None:
    document = collection(feature(None, name="Müller"))
    assert read(tmp_path, document, "cp1252", encoding="cp1252").frame["name"].tolist() == ["Müller"]
    with pytest.raises(FileError, match="encoding 'klingon' is not known"):
        read(tmp_path, document, encoding="klingon")


@pytest.mark.parametrize(
    ("member", "epsg"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}, 4547),
        ({"type": "name", "properties": {"name": "EPSG:4490"}}, 4490),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, None),
        (None, None),
        ({"type": "link"}, None),
        ({"type": "name", "properties": {"name": "mars"}}, None),
    ],
)
@pytest.mark.parametrize("last", [False, True])
def test_the_crs_member_is_honoured_wherever_it_stands(
    tmp_path: Path, member: Any, epsg: int | None, last: bool
) -> None:
    document = collection(feature(None), crs=member)
    if not last:
        document = {"crs": member, **document}
    source = read(tmp_path, document)
    if member and "CRS84" in str(member):
        assert source.crs is not None
        assert source.crs.is_geographic
    else:
        assert (source.crs.to_epsg() if source.crs else None) == epsg


def test_what_does_not_touch_the_shape_is_a_note(tmp_path: Path) -> None:
    features: list[Any] = [
        {**feature(None), "id": [7]},
        {**feature(polygon(SQUARE)), "properties": [1]},
        {**feature(polygon(SQUARE)), "bbox": [113.5, 22.7, 113.6]},
        {**feature({**polygon(SQUARE), "bbox": [22.7, 113.5, 22.8, 113.6]})},
    ]
    notes = read(tmp_path, collection(*features, bbox="x")).notes
    assert notes == (
        "the id is neither text nor a number; it was left out (features: 1, first: row 1)",
        "properties are a list, not an object; they were left out (features: 1, first: row 2)",
        "the bbox member is not the box of the shape; it was not used (features: 2, first: row 3)",
        "the file's bbox member is not a box; it was not used",
    )


@pytest.mark.parametrize("box", [[113, 22, 114, 23], [113, 22, 0, 114, 23, 9], [4e5, 2e6, 5e5, 3e6]])
def test_a_sound_bbox_raises_no_note(tmp_path: Path, box: list[float]) -> None:
    assert read(tmp_path, collection(feature(None), bbox=box)).notes == ()


def test_one_feature_a_line_is_read(tmp_path: Path) -> None:
    lines = [json.dumps(feature(polygon(SQUARE), code=str(n))) for n in range(3)]
    assert read(tmp_path, "\n".join(lines)).frame["code"].tolist() == ["0", "1", "2"]


def test_bare_geometries_and_single_features_are_one_row(tmp_path: Path) -> None:
    assert len(read(tmp_path, polygon(SQUARE)).frame) == 1
    assert read(tmp_path, feature(polygon(SQUARE), code="x")).frame["code"].tolist() == ["x"]


def test_an_id_is_kept_as_a_field_unless_there_is_one(tmp_path: Path) -> None:
    assert read(tmp_path, collection({**feature(None), "id": "a7"})).frame["id"].tolist() == ["a7"]
    assert read(tmp_path, collection({**feature(None, id="mine"), "id": "a7"})).frame["id"].tolist() == ["mine"]


def test_no_features_is_a_file_too(tmp_path: Path) -> None:
    assert len(read(tmp_path, collection()).frame) == 0


def test_too_many_features_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="more than 5 features"):
        read(tmp_path, collection(*[feature(None)] * 6), limits=Limits(max_features=5))


numbers = st.floats(-180, 180).map(lambda value: round(value, 7))
points = st.tuples(numbers, numbers)


@given(rows=st.lists(st.tuples(st.text(max_size=8), st.integers(), points), max_size=8), chunk=st.integers(1, 200))
def test_what_was_written_comes_back(tmp_path: Path, rows: list[Any], chunk: int) -> None:
    """Whatever the texts and wherever the pieces of the file end; json writes, this reader reads."""
    document = collection(*[feature({"type": "Point", "coordinates": p}, t=t, n=n) for t, n, p in rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonstream, "CHUNK", chunk)
        source = read(tmp_path, json.dumps(document))
    assert [next(iter(shape.coords)) for shape in source.frame.geometry] == [p for _, _, p in rows]
    if rows:
        assert source.frame["t"].tolist() == [t for t, _, _ in rows]
        assert [int(n) for n in source.frame["n"]] == [n for _, n, _ in rows]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-200, 200)
    | st.floats(allow_nan=False)
    | st.sampled_from(
        ["Feature", "FeatureCollection", "Polygon", "MultiPolygon", "GeometryCollection", "Point", "", "甲"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "features", "geometry", "geometries", "coordinates", "properties", "id", "bbox", "crs"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(document=values | st.lists(values, max_size=3).map(lambda found: collection(*found)))
def test_whatever_json_it_is_the_answer_is_a_frame_or_a_sentence(tmp_path: Path, document: Any) -> None:
    """As many rows as there are features, or an error of OneGrid's own."""
    try:
        source = read(tmp_path, document)
    except OneGridError:
        return
    if document.get("type") == "FeatureCollection":
        assert len(source.frame) == len(document["features"])


def test_a_property_may_be_called_geometry(tmp_path: Path) -> None:
    source = read(tmp_path, collection({**feature(None), "properties": {"geometry": "a", "geometry_": "b"}}))
    assert sorted(source.fields) == ["geometry_", "geometry__"]
    assert sorted(source.frame[name][0] for name in source.fields) == ["a", "b"]


def test_it_agrees_with_gdal_on_a_real_network(shared: Path) -> None:
    """GDAL reads the same rows, fields and shapes of a sound file."""
    path = shared / "data/washington_dc/networks/police-districts-mpd.geojson"
    ours, theirs = read_source(path).frame, gpd.read_file(path)
    assert np.all(shapely.equals_exact(ours.geometry.to_numpy(), theirs.geometry.to_numpy(), tolerance=0))
    assert ours["NAME"].tolist() == theirs["NAME"].tolist()
    assert set(theirs.columns) == set(ours.columns)
