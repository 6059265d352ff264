"""Tables in chunks: what is not touched comes out as it went in."""

from __future__ import annotations

import io
import json
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.errors import FileError
from app.files import rows_csv
from app.files.rows import kind_of
from app.files.rows_arrow import ArrowSink, ArrowSource
from app.files.rows_csv import CsvSink, CsvSource
from app.files.rows_geojson import FeatureSink, FeatureSource

ADDED = pa.schema([("grid", pa.string()), ("on", pa.bool_())])


def rewritten(data: bytes, values: tuple[str | None, bool | None] = ("G,1", True)) -> bytes:
    source, target = CsvSource(io.BytesIO(data), "t.csv"), io.BytesIO()
    sink = CsvSink(target, source, ADDED)
    for chunk in source.chunks():
        grid, on = ([value] * chunk.rows for value in values)
        sink.write(chunk, pa.table([pa.array(grid, pa.string()), pa.array(on, pa.bool_())], schema=ADDED))
    sink.close()
    return target.getvalue()


def test_csv_text_stays_as_it_came() -> None:
    data = b'id,lon,note\r\n007,113.5300,"a ""b"", c"\r\n  8 ,1e2,"two\nlines"\r\n9,,'
    made = rewritten(data)
    assert made == (
        b'id,lon,note,grid,on\r\n007,113.5300,"a ""b"", c","G,1",true\r\n'
        b'  8 ,1e2,"two\nlines","G,1",true\r\n9,,,"G,1",true\n'
    )


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_keeps_its_encoding_and_writes_new_columns_in_it(codec: str) -> None:
    text = "编号,经度,纬度,地址\n001,113.53,22.79,广州市南沙区进港大道社区，一号楼\n002,113.54,22.80,南沙街道㐂\n"
    made = rewritten(text.encode(codec), ("网格一", None)).decode(codec)
    assert made == text.replace("地址\n", "地址,grid,on\n").replace("一号楼\n", "一号楼,网格一,\n").replace(
        "㐂\n", "㐂,网格一,\n"
    )
    source = CsvSource(io.BytesIO(text.encode(codec)), "t.csv")
    assert source.fields == ["编号", "经度", "纬度", "地址"]
    chunk = next(iter(source.chunks()))
    assert chunk.column("编号").to_pylist() == ["001", "002"]
    assert chunk.column("地址").to_pylist()[1] == "南沙街道㐂"


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2), max_size=8
    )
)
def test_any_text_survives_quoting_line_ends_and_all(cells: list[list[str]]) -> None:
    text = io.StringIO()
    rows_csv.csv.writer(text, quoting=rows_csv.csv.QUOTE_ALL).writerows([["a", "b"], *cells])
    data = text.getvalue().encode()
    made = rewritten(data, ("g", False)).decode()
    back = list(rows_csv.csv.reader(io.StringIO(made, newline="")))
    assert back[1:] == [[*row, "g", "false"] for row in cells]
    assert made.replace(",g,false\r\n", "\r\n").replace(",grid,on\r\n", "\r\n", 1) == text.getvalue()


def test_csv_chunks_blank_lines_short_records_and_other_delimiters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_csv, "CHUNK_ROWS", 3)
    data = b"lon;lat\n" + b"".join(b"%d;5\n" % i for i in range(7)) + b"\n7\n"
    source = CsvSource(io.BytesIO(data), "t.csv")
    chunks = list(source.chunks())
    assert [chunk.rows for chunk in chunks] == [3, 3, 2]
    assert chunks[-1].column("lat").to_pylist() == ["5", None]
    assert source.fraction() == 1.0


def test_added_columns_stand_in_their_place_beside_short_and_long_records() -> None:
    made = rewritten(b"a,b\r\n1\r\n1,2,\r\n1,2,,", ("g", None)).decode()
    assert made == "a,b,grid,on\r\n1,,g,\r\n1,2,g,\r\n1,2,g,\n"
    with pytest.raises(FileError, match=r"row 3: 3 fields, and the header names 2"):
        rewritten(b"a,b\n1,2\n1,2,3\n")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no header line"), (b"\n\n", "no header line"), (b"a,b,a\n1,2,3\n", "there twice"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-8 or GBK"), (b"PK\x03\x04\0\0", "UTF-8 or GBK"),
    ],
)  # fmt: skip
def test_what_is_no_csv_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(FileError, match=words):
        CsvSource(io.BytesIO(data), "t.csv")


TABLE = pa.table(
    {"id": pa.array(["007", None]), "lon": [113.5, 1.0], "n": pa.array([2**60, 1], pa.int64())}
).replace_schema_metadata({"made by": "somebody"})


def write(table: pa.Table, kind: str) -> io.BytesIO:
    target = io.BytesIO()
    if kind == "parquet":
        pq.write_table(table, target)
    else:
        with (pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream)(target, table.schema) as writer:
            writer.write_table(table)
    return io.BytesIO(target.getvalue())


def read(data: bytes, kind: str) -> pa.Table:
    if kind == "parquet":
        return pq.read_table(io.BytesIO(data))
    return (pa.ipc.open_file if kind == "arrow" else pa.ipc.open_stream)(io.BytesIO(data)).read_all()


@pytest.mark.parametrize("kind", ["parquet", "arrow", "arrow_stream"])
@pytest.mark.parametrize("rows", [0, 2])
def test_arrow_tables_keep_types_values_and_metadata(kind: str, rows: int) -> None:
    table = TABLE.slice(0, rows)
    source, target = ArrowSource(write(table, kind), "t", kind), io.BytesIO()
    sink = ArrowSink(target, source, ADDED, kind)
    for chunk in source.chunks():
        added = pa.table(
            [pa.array(["g"] * chunk.rows, pa.string()), pa.array([None] * chunk.rows, pa.bool_())], schema=ADDED
        )
        sink.write(chunk, added)
    sink.close()
    made = read(target.getvalue(), kind)
    assert made.select(["id", "lon", "n"]).to_pylist() == table.to_pylist()
    assert made.column("grid").to_pylist() == ["g"] * rows
    assert made.schema.metadata[b"made by"] == b"somebody"
    assert made.schema.field("n").type == pa.int64()


@pytest.mark.parametrize("kind", ["parquet", "arrow", "arrow_stream"])
def test_added_dictionaries_are_texts_to_whoever_reads_the_table(kind: str) -> None:
    """Another dictionary in each chunk, nulls, an empty one; metadata of the file stays where readers look for it."""
    source, target = ArrowSource(write(TABLE, kind), "t", kind), io.BytesIO()
    (chunk,) = source.chunks()
    sink = ArrowSink(target, source, ADDED, kind)
    texts = (["x", None], ["y", "x"], [None, None])
    for each in texts:
        coded = pa.array(each, pa.string()).dictionary_encode()
        sink.write(chunk, pa.table([coded, pa.array([True, None])], names=ADDED.names))
    sink.close()
    made = read(target.getvalue(), kind)
    assert made.column("grid").to_pylist() == [text for each in texts for text in each]
    assert made.schema.field("grid").type == pa.string()
    assert made.select(["id", "lon", "n"]).to_pylist() == 3 * TABLE.to_pylist()
    if kind == "parquet":
        file = pq.ParquetFile(io.BytesIO(target.getvalue()))
        assert file.metadata.metadata[b"made by"] == b"somebody"
        assert str(file.schema.column(3).logical_type) == "String"
        assert [file.metadata.row_group(0).column(i).is_stats_set for i in (2, 3, 4)] == [True, False, False]


@pytest.mark.parametrize("kind", ["parquet", "arrow", "arrow_stream"])
def test_damaged_arrow_is_refused(kind: str) -> None:
    data = write(TABLE, kind).getvalue()
    with pytest.raises(FileError, match=r"not readable|damaged"):
        list(ArrowSource(io.BytesIO(data[: len(data) // 2]), "t", kind).chunks())
    with pytest.raises(FileError, match="not readable"):
        ArrowSource(io.BytesIO(b"id,lon\n1,2\n"), "t", kind)


def test_geoparquet_gives_its_points_and_its_system(tmp_path: Path) -> None:
    points = [shapely.Point(401_000, 2_521_000), None, shapely.Point()]
    frame = gpd.GeoDataFrame({"id": ["1", "2", "3"]}, geometry=points, crs=4547)
    frame.to_parquet(tmp_path / "t.parquet")
    with (tmp_path / "t.parquet").open("rb") as handle:
        source = ArrowSource(handle, "t.parquet", "parquet")
        assert (source.has_geometry, source.crs) == (True, "EPSG:4547")
        found = next(iter(source.chunks())).points()
    assert found is not None
    assert found.x.tolist()[0] == 401_000
    assert [value == value for value in found.y.tolist()] == [True, False, False]


FEATURES = {
    "type": "FeatureCollection", "name": "事件",
    "features": [
        {"type": "Feature", "id": 7, "properties": {"n": "007", "deep": {"a": [1, 2.50]}},
         "geometry": {"type": "Point", "coordinates": [113.53, 22.79, 4]}},
        {"type": "Feature", "properties": None, "geometry": None},
        {"type": "Feature", "properties": {"n": 8},
         "geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}},
    ],
    "after": {"kept": True},
}  # fmt: skip


def test_geojson_features_keep_everything_and_gain_properties(tmp_path: Path) -> None:
    path = tmp_path / "t.geojson"
    path.write_text("\ufeff" + json.dumps(FEATURES, ensure_ascii=False), encoding="utf-8")
    source, target = FeatureSource(path), io.BytesIO()
    sink = FeatureSink(target, source)
    for chunk in source.chunks():
        points = chunk.points()
        assert points is not None
        assert [points.x[0], points.y[0]] == [113.53, 22.79]
        assert [value == value for value in points.x.tolist()] == [True, False, False]
        assert chunk.column("n").to_pylist() == ["007", None, "8"]
        sink.write(chunk, pa.table([["g"] * 3, [True, None, None]], schema=ADDED))
    sink.close()
    made = json.loads(target.getvalue())
    assert (made["name"], made["after"]) == ("事件", {"kept": True})
    assert made["features"][0] == FEATURES["features"][0] | {  # type: ignore[index, operator]
        "properties": {"n": "007", "deep": {"a": [1, 2.50]}, "grid": "g", "on": True}
    }
    assert made["features"][1]["properties"] == {"grid": "g", "on": None}
    assert source.crs == "wgs84"


@pytest.mark.parametrize(
    ("crs", "expected"),
    [
        ('{"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}', "wgs84"),
        ('{"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}', "EPSG:4547"),
        ('{"type": "name", "properties": {"name": "EPSG:4490"}}', "EPSG:4490"),
        ('{"type": "name", "properties": {"name": "mine"}}', None),
        ('"4547"', None),
    ],
)
def test_geojson_of_2008_names_its_system(tmp_path: Path, crs: str, expected: str | None) -> None:
    path = tmp_path / "t.geojson"
    path.write_text(f'{{"type": "FeatureCollection", "crs": {crs}, "features": []}}')
    source = FeatureSource(path)
    assert source.crs == expected
    assert [chunk.rows for chunk in source.chunks()] == [0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, 2]", "no FeatureCollection"), ('{"type": "Topology"}', "no member `features`"),
        ('{"features": [{"type": "Feature", "pro', "not JSON at line 1"), ('{"features": [3]}', "no Feature"),
        ('{"features": [{"type": "Feature", "properties": []}]}', "no object"), ("", "no FeatureCollection"),
    ],
)  # fmt: skip
def test_what_is_no_feature_collection_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "t.geojson"
    path.write_text(text)
    with pytest.raises(FileError, match=words):
        list(FeatureSource(path).chunks())


def test_the_kind_goes_by_the_name() -> None:
    assert [kind_of(Path(name)) for name in ("A.CSV", "b.parquet", "c.arrows", "d.json")] == [
        "csv", "parquet", "arrow_stream", "geojson",
    ]  # fmt: skip
    with pytest.raises(FileError, match=r"one of \.csv"):
        kind_of(Path("e.xlsx"))
