"""Files read and written part by part hold what geopandas reads and writes whole."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import shapely
from shapely import box

from app.errors import FileError, InputError
from app.files.appending import AppendedFile
from app.files.feature_parts import open_features
from app.files.spool import Spool


@pytest.fixture
def frame():
    shapes = [box(x, 0, x + 1, 1) for x in range(7)]
    return gpd.GeoDataFrame({"code": list("abcdefg"), "n": range(7)}, geometry=shapes, crs=32650)


@pytest.mark.parametrize("name", ["x.parquet", "x.gpkg", "x.fgb"])
def test_parts_on_end_are_the_file(frame, tmp_path, name):
    path = tmp_path / name
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_file(path)
    file = open_features(path)
    assert (file.features, file.crs.to_epsg(), file.bounds) == (7, 32650, (0.0, 0.0, 7.0, 1.0))
    assert {"code", "n"} <= set(file.fields)
    parts = list(file.parts("code", 3))
    assert [len(part) for part in parts] == [3, 3, 1]
    whole = pd.concat(parts, ignore_index=True)
    assert sorted(whole["code"]) == list("abcdefg")  # FlatGeobuf orders its features by place
    by_code = dict(zip(whole["code"], whole.geometry, strict=True))
    assert all(by_code[code].equals(shape) for code, shape in zip(frame["code"], frame.geometry, strict=True))


def test_bounds_are_read_where_the_head_does_not_say_them(frame, tmp_path):
    table = pyarrow.parquet.read_table(_written(frame, tmp_path))
    geo = json.loads(table.schema.metadata[b"geo"])
    del geo["columns"]["geometry"]["bbox"]
    pyarrow.parquet.write_table(table.replace_schema_metadata({b"geo": json.dumps(geo)}), tmp_path / "y.parquet")
    assert open_features(tmp_path / "y.parquet").bounds == (0.0, 0.0, 7.0, 1.0)


def _written(frame, folder):
    frame.to_parquet(folder / "x.parquet")
    return folder / "x.parquet"


def test_a_table_without_shapes_is_no_boundary_file(frame, tmp_path):
    frame.drop(columns="geometry").to_parquet(tmp_path / "x.parquet")
    with pytest.raises(FileError, match="not GeoParquet"):
        open_features(tmp_path / "x.parquet")


@pytest.mark.parametrize("name", ["x.parquet", "x.gpkg"])
def test_appended_frames_are_one_file_with_its_metadata(frame, tmp_path, name):
    path = tmp_path / name
    with AppendedFile(path) as sink:
        for part in (frame[:0], frame[:3], frame[3:]):
            sink.add(part)
        assert not path.exists()
        sink.close({"what": {"pieces": 7}})
    read = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path, layer="x")
    assert read.crs == frame.crs
    assert shapely.equals(read.geometry.to_numpy(), frame.geometry.to_numpy()).all()
    assert read["n"].tolist() == list(range(7))
    if path.suffix == ".parquet":
        head = pyarrow.parquet.read_metadata(path).metadata
        assert json.loads(head[b"onegrid"]) == {"what": {"pieces": 7}}
        assert json.loads(head[b"geo"])["columns"]["geometry"]["bbox"] == [0.0, 0.0, 7.0, 1.0]
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_not_closed_is_not_there(frame, tmp_path):
    with AppendedFile(tmp_path / "x.parquet") as sink:
        sink.add(frame)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError):
        AppendedFile(tmp_path / "x.csv")


def test_a_spool_gives_back_what_was_laid_aside(tmp_path):
    with Spool(tmp_path) as spool:
        spool.add_rows("a", np.arange(6).reshape(2, 3))
        spool.add_rows("a", np.arange(3).reshape(1, 3))
        assert spool.rows("a", 3).tolist() == [[0, 1, 2], [3, 4, 5], [0, 1, 2]]
        assert spool.rows("b", 3).shape == (0, 3)
        spool.put("c", {"x": np.ones(2)})
        assert spool.take("c")["x"].tolist() == [1.0, 1.0]
        with pytest.raises(FileNotFoundError):
            spool.take("c")
    assert list(tmp_path.iterdir()) == []
