"""The labelled crime incidents of Washington DC: routed by the command, looked up in batch, one by one, and in SQL.

The expected shares are those that geopandas.sjoin finds (data/sample_grids/washington_dc/README.md).
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from published import publish
from sqlalchemy import text
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app import db
from app.cli import app, context
from app.services.lookup.lookup import AnswerRules, PointQuery, lookup_point
from app.services.lookup.lookup_index import Lookup
from app.services.lookup.route_batch import route_points
from app.services.lookup.route_files import RouteOptions

NETWORKS = {  # network: file, field of the code, field of the label, share that agrees
    "wards": ("wards", "WARD", "ward", 0.9979),
    "commissions": ("anc_areas", "ANC_ID", "anc", 1.0),
    "districts": ("police_districts", "LABEL", "district", 0.9886),
    "psa": ("police_service_areas", "PSA", "psa", 0.9568),
    "precincts": ("voting_precincts", "NAME", "precinct", 1.0),
}
IN_SQL = text("""
    SELECT (SELECT o.code FROM onegrid_lookup(p.lon, p.lat, :network) AS o)
    FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[])) WITH ORDINALITY AS p(lon, lat, i) ORDER BY p.i
""")
Columns = dict[str, list[str | None]]


@pytest.fixture
def city(session: Session, project: Path) -> Path:
    """The five networks that the incidents are labelled with; their folder."""
    folder = project / "data" / "sample_grids" / "washington_dc"
    for network, (file, code, _, _) in NETWORKS.items():
        frame = gpd.read_file(folder / f"{file}.fgb")
        polygons = np.array(shapely.make_valid(frame.geometry.to_numpy()), dtype=object)
        publish(session, network, [str(value) for value in frame[code]], polygons)
    return folder


@pytest.fixture
def routed(city: Path, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """What `onegrid route` wrote, everything as text."""
    monkeypatch.setattr(context, "transaction", partial(db.transaction, session.connection()))
    order = ["route", str(city / "crime_incidents.csv"), "-o", str(tmp_path / "out.csv"), "--json"]
    result = CliRunner().invoke(app, order, catch_exceptions=False)
    report = json.loads(result.stdout)
    assert (report["rows"], report["errors"], report["outside"]) == (2898, 0, 0)
    return pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)


def test_labels_agree_as_often_as_an_independent_join_says(routed: pd.DataFrame) -> None:
    for network, (_, _, label, share) in NETWORKS.items():
        labelled = routed[routed[label] != ""]
        agree = labelled[label].str.removeprefix("Precinct ") == labelled[f"{network}_grid"].str.removeprefix(
            "Precinct "
        )
        assert agree.mean() == pytest.approx(share, abs=0.0005), network


def test_route_batch_one_by_one_and_sql_agree_on_every_incident(routed: pd.DataFrame, session: Session) -> None:
    lookup = Lookup(lambda: nullcontext(session))
    lookup.refresh()
    lon, lat = ([float(value) for value in routed[name]] for name in ("lon", "lat"))
    points = [list(pair) for pair in zip(lon, lat, strict=True)]
    batch = route_points(lookup, points, RouteOptions())["points"]
    one_by_one: Columns = {network: [] for network in NETWORKS}
    for x, y in points:
        grids = {
            grid["network"]: grid["code"] for grid in lookup_point(lookup, PointQuery(x, y), AnswerRules())["grids"]
        }
        for network, column in one_by_one.items():
            column.append(grids.get(network))
    for network in NETWORKS:
        expected: list[str | None] = [value or None for value in routed[f"{network}_grid"]]
        assert [row[f"{network}_grid"] for row in batch] == expected
        assert one_by_one[network] == expected
        some = slice(None, None, 9)  # PostGIS takes milliseconds for a ward of 6,000 vertices
        asked = {"network": network, "lon": lon[some], "lat": lat[some]}
        assert session.scalars(IN_SQL, asked).all() == expected[some]


def test_ids_labels_and_coordinates_stay_as_the_file_has_them(routed: pd.DataFrame, city: Path) -> None:
    given = pd.read_csv(city / "crime_incidents.csv", dtype=str, keep_default_na=False)
    assert routed[list(given.columns)].equals(given)
