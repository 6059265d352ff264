"""Answers about one point, on a real PostGIS; distances against pyproj's geodesics."""

from __future__ import annotations

import json
import threading
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from published import LONG_AGO, close, publish
from pyproj import Geod
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app import db
from app.errors import InputError, NotFound, Unavailable
from app.models.editions import Edition
from app.services.lookup import lookup_index
from app.services.lookup.lookup import AnswerRules, PointQuery, lookup_point
from app.services.lookup.lookup_index import DRAFT_AGE, DRAFTS, PAST_EDITIONS, Lookup
from app.spatial.coordinates import china
from app.spatial.coordinates.crs import points_from_wgs84
from app.store.lookup import lookup as edition_rows
from app.store.networks import editions as store
from app.store.networks import networks

GEOD = Geod(ellps="WGS84")
RULES = AnswerRules("Asia/Shanghai", 2000.0)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
PAIR = np.array([shapely.box(113, 22, 113.01, 22.01), shapely.box(113.01, 22, 113.02, 22.01)], dtype=object)
DAY = timedelta(days=1)
WEST_END = {"x": 113.002, "y": 22.005}


def make(session: Session, **options: Any) -> Lookup:
    lookup = Lookup(lambda: nullcontext(session), **options)
    lookup.refresh()
    return lookup


def ask(lookup: Lookup, x: float, y: float, **options: Any) -> dict[str, Any]:
    return lookup_point(lookup, PointQuery(x, y, **options), RULES)


def test_an_answer_has_everything_that_the_contract_promises(session: Session) -> None:
    edition = publish(session, "unified", ["440115001J001", "440115001S001"], PAIR, kinds=["resident", "business"])
    answer = ask(make(session), 113.008, 22.005, at=JUNE)
    border = GEOD.inv(113.008, 22.005, 113.01, 22.005)[2]
    assert answer == {
        "point": {"lon": 113.008, "lat": 22.005, "input_crs": "wgs84", "uncertainty_m": 0.0},
        "at": "2026-06-01T08:00:00+08:00",
        "grids": [
            {
                "network": "unified", "edition": edition.id, "code": "440115001J001", "name": "Grid 440115001J001",
                "kind": "resident", "area": None, "on_boundary": False, "ambiguous": False,
                "border_m": pytest.approx(border, abs=0.001),
                "runner_up": {"code": "440115001S001", "distance_m": pytest.approx(border, abs=0.001)}, "staff": [],
            }
        ],
        "outside": False, "nearest": None, "warnings": [],
    }  # fmt: skip
    json.dumps(answer, allow_nan=False)


def test_on_a_shared_border_the_lowest_code_answers_and_the_other_is_runner_up(session: Session) -> None:
    publish(session, "a", ["2", "1"], PAIR)
    (grid,) = ask(make(session), 113.01, 22.005)["grids"]
    assert (grid["code"], grid["on_boundary"], grid["border_m"]) == ("1", True, 0.0)
    assert grid["runner_up"] == {"code": "2", "distance_m": 0.0}
    assert not grid["ambiguous"], "the position is exact: the tie rule decides"
    (grid,) = ask(make(session), 113.01, 22.005, accuracy_m=0.5)["grids"]
    assert grid["ambiguous"]


def test_an_edition_that_overlaps_itself_lists_every_grid_around_the_point(session: Session) -> None:
    big, small = shapely.box(113, 22, 113.02, 22.01), shapely.box(113.005, 22, 113.01, 22.01)
    publish(session, "a", ["b", "a", "c"], np.array([big, small, PAIR[1]], dtype=object))
    lookup = make(session)
    assert [grid["code"] for grid in ask(lookup, 113.007, 22.005)["grids"]] == ["a", "b"]
    on_border = ask(lookup, 113.01, 22.005)["grids"]
    assert [(grid["code"], grid["on_boundary"]) for grid in on_border] == [("a", True), ("b", False)]


def test_networks_answer_unified_first_then_by_code_and_can_be_chosen(session: Session) -> None:
    for network in ("zoning", "unified", "civil"):
        publish(session, network, ["1", "2"], PAIR)
    lookup = make(session)
    assert [grid["network"] for grid in ask(lookup, **WEST_END)["grids"]] == ["unified", "civil", "zoning"]
    chosen = ask(lookup, **WEST_END, networks=("zoning", "civil"))["grids"]
    assert [grid["network"] for grid in chosen] == ["civil", "zoning"]
    with pytest.raises(NotFound, match="no network 'police'; there are: unified, civil, zoning"):
        ask(lookup, **WEST_END, networks=("police",))


def test_outside_names_the_nearest_grid_within_the_limit(session: Session) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    lookup = make(session)
    answer = ask(lookup, 113.025, 22.005)
    assert (answer["grids"], answer["outside"]) == ([], True)
    distance = GEOD.inv(113.025, 22.005, 113.02, 22.005)[2]
    assert answer["nearest"] == {"network": "a", "code": "2", "distance_m": pytest.approx(distance, abs=0.001)}
    assert ask(lookup, 113.06, 22.005)["nearest"] is None


def test_a_gcj02_point_near_a_border_is_ambiguous_and_names_both(session: Session) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    lookup = make(session)
    metre = 1 / 103_000
    for offset, ambiguous in ((1.0, True), (1.9, True), (2.2, False)):
        x, y = china.wgs84_to_gcj02(113.01 - offset * metre, 22.005)
        answer = ask(lookup, float(x), float(y), crs="gcj02")
        assert answer["point"]["uncertainty_m"] == china.GCJ02_UNCERTAINTY_M
        (grid,) = answer["grids"]
        assert (grid["code"], grid["ambiguous"], grid["runner_up"]["code"]) == ("1", ambiguous, "2")
    x, y = china.wgs84_to_gcj02(113.01 - 4 * metre, 22.005)
    answer = ask(lookup, float(x), float(y), crs="gcj02", accuracy_m=5.0)
    assert answer["point"]["uncertainty_m"] == pytest.approx(np.hypot(2, 5), abs=0.001)
    assert answer["grids"][0]["ambiguous"]


@pytest.mark.parametrize("crs", ["gcj02", "bd09", "EPSG:4547", "EPSG:4490"])
def test_every_system_leads_to_the_same_place(session: Session, crs: str) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    x, y = points_from_wgs84(np.array([113.004]), np.array([22.006]), crs)
    answer = ask(make(session), float(x[0]), float(y[0]), crs=crs)
    assert answer["point"]["lon"] == pytest.approx(113.004, abs=1e-8)
    assert answer["point"]["lat"] == pytest.approx(22.006, abs=1e-8)
    assert answer["grids"][0]["code"] == "1"


@pytest.mark.parametrize(
    ("x", "y", "crs", "words"),
    [
        (22.005, 113.002, "wgs84", "axes look swapped"), (0.0, 0.0, "wgs84", "without a position"),
        (213.0, 22.0, "wgs84", "outside the globe"), (float("nan"), 22.0, "wgs84", "not two numbers"),
        (113.0, 22.0, "klingon", "not known"), (1e12, 1e12, "EPSG:4547", "no place on the globe"),
    ],
)  # fmt: skip
def test_coordinates_that_are_no_place_are_refused_with_the_reason(
    session: Session, x: float, y: float, crs: str, words: str
) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    with pytest.raises(InputError, match=words):
        ask(make(session), x, y, crs=crs)
    with pytest.raises(InputError, match="accuracy_m"):
        ask(make(session), **WEST_END, accuracy_m=float("nan"))


def test_a_point_that_lies_inside_with_its_axes_swapped_is_refused(session: Session) -> None:
    publish(session, "a", ["1"], np.array([shapely.box(-77.1, 38.8, -76.9, 39.0)], dtype=object))
    with pytest.raises(InputError, match="inside it with the axes swapped"):
        ask(make(session), 38.9, -77.0)


def test_a_point_outside_by_a_gcj02_offset_is_warned_of(session: Session) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    lookup = make(session)
    x, y = (float(value) for value in china.wgs84_to_gcj02(113.018, 22.005))
    assert x > 113.02
    answer = ask(lookup, x, y)
    assert answer["outside"]
    assert any("gcj02" in warning for warning in answer["warnings"])
    assert ask(lookup, x, y, crs="gcj02")["grids"][0]["code"] == "2"
    back = ask(lookup, 113.002, 22.005, crs="gcj02")
    assert back["outside"]
    assert any("wgs84" in warning for warning in back["warnings"])
    assert ask(lookup, 113.06, 22.005)["warnings"] == []


def test_a_moment_without_any_edition_says_so(session: Session) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    answer = ask(make(session), **WEST_END, at=LONG_AGO - timedelta(days=1))
    assert (answer["outside"], answer["nearest"]) == (True, None)
    assert "no edition of a holds at this moment" in answer["warnings"]
    assert ask(make(session, networks=["b"]), **WEST_END)["outside"]


def test_answers_for_any_moment_and_any_state_of_knowledge(session: Session) -> None:
    known = datetime(2026, 3, 1, tzinfo=UTC)
    first = publish(session, "a", ["old"], PAIR[:1])
    lookup = make(session)
    assert ask(lookup, **WEST_END, at=JUNE)["grids"][0]["code"] == "old"
    close(session, first, JUNE, known)
    publish(session, "a", ["new"], PAIR[:1], valid_from=JUNE, known_from=known)
    assert ask(lookup, **WEST_END, at=JUNE)["grids"][0]["code"] == "old", "not refreshed yet"
    assert lookup.refresh()
    assert not lookup.refresh()
    assert ask(lookup, **WEST_END, at=JUNE)["grids"][0]["code"] == "new"
    assert ask(lookup, **WEST_END, at=JUNE - timedelta(microseconds=1))["grids"][0]["code"] == "old"
    assert ask(lookup, **WEST_END, at=JUNE, as_known_at=known - timedelta(days=1))["grids"][0]["code"] == "old"


def test_an_edition_valid_from_the_future_takes_force_by_itself(session: Session) -> None:
    now = [JUNE - timedelta(seconds=1)]
    publish(session, "a", ["old"], PAIR[:1], valid_to=JUNE)
    publish(session, "a", ["new"], PAIR[:1], valid_from=JUNE)
    lookup = make(session, clock=lambda: now[0])
    assert len(lookup.snapshot.editions) == 2
    session.execute(text("ALTER TABLE grids RENAME TO grids_away"))  # from here on there is only memory
    assert ask(lookup, **WEST_END)["grids"][0]["code"] == "old"
    now[0] = JUNE
    assert ask(lookup, **WEST_END)["grids"][0]["code"] == "new"


def test_past_editions_are_loaded_when_asked_for_and_the_last_few_kept(session: Session) -> None:
    days = PAST_EDITIONS + 3
    editions = [
        publish(
            session, "a", [f"{i:02d}"], PAIR[:1],
            valid_from=LONG_AGO + timedelta(days=i), valid_to=LONG_AGO + timedelta(days=i + 1),
        ).id
        for i in range(days)
    ]  # fmt: skip
    lookup = make(session)
    assert lookup.snapshot.editions == {}
    for i in range(days):
        at = LONG_AGO + timedelta(days=i, hours=5)
        assert ask(lookup, **WEST_END, at=at)["grids"][0]["code"] == f"{i:02d}"
    assert [lookup.is_loaded([edition]) for edition in editions] == [False] * 3 + [True] * PAST_EDITIONS


def test_past_editions_stay_as_far_as_they_fit(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    editions = [
        publish(session, "a", ["1"], PAIR[:1], valid_from=LONG_AGO + day * DAY, valid_to=LONG_AGO + (day + 1) * DAY).id
        for day in range(4)
    ]
    lookup = make(session)
    room = 2 * lookup.edition(editions[0]).nbytes
    for room_left, stay in ((room, 2), (room - 1, 1), (0, 1)):
        monkeypatch.setattr(lookup_index, "PAST_BYTES", room_left)
        for edition in editions:
            lookup.edition(edition)
        assert [lookup.is_loaded([edition]) for edition in editions] == [False] * (4 - stay) + [True] * stay


def test_a_command_loads_only_the_networks_it_is_about(session: Session) -> None:
    for network in ("a", "b"):
        publish(session, network, ["1", "2"], PAIR)
    lookup = make(session, networks=["b"])
    assert len(lookup.snapshot.editions) == 1
    assert [grid["network"] for grid in ask(lookup, **WEST_END)["grids"]] == ["b"]


def test_unavailable_before_the_first_refresh(session: Session) -> None:
    with pytest.raises(Unavailable):
        ask(Lookup(lambda: nullcontext(session)), **WEST_END)


def test_another_process_s_publish_is_seen_while_look_ups_run_and_none_sees_half(database: str) -> None:
    engine = db.make_engine(database)
    with db.transaction(engine) as session:
        for network in ("a", "b"):
            publish(session, network, ["old"], PAIR[:1])
    lookup = Lookup(partial(db.transaction, engine))
    seen: set[tuple[str, ...]] = set()
    done = threading.Event()

    def keep_asking() -> None:
        while not done.is_set():
            seen.add(tuple(grid["code"] for grid in ask(lookup, **WEST_END)["grids"]))

    lookup.refresh()
    asking = threading.Thread(target=keep_asking)
    with lookup.watching(interval_s=0.02):
        asking.start()
        with db.transaction(engine) as session:
            now = datetime.now(UTC)
            session.execute(text("UPDATE validities SET recorded = tstzrange(lower(recorded), :now)"), {"now": now})
            for network in ("a", "b"):
                publish_uncommitted(session, network, now)
        deadline = threading.Event()
        for _ in range(500):
            if ("new", "new") in seen or deadline.wait(0.01):
                break
        done.set()
        asking.join()
    engine.dispose()
    assert seen == {("old", "old"), ("new", "new")}


def publish_uncommitted(session: Session, network: str, now: datetime) -> None:
    """As `publish`, inside a transaction that somebody else commits."""
    commit, session.commit = session.commit, session.flush  # type: ignore[method-assign]
    publish(session, network, ["new"], PAIR[:1], known_from=now)
    session.commit = commit  # type: ignore[method-assign]


def draft(session: Session, network: str) -> Edition:
    owner = networks.add(session, network, network, None)
    edition = store.add(
        session, network_id=owner.id, content_hash=network, created_by="test", provenance={}, report={}
    )  # fmt: skip
    facts = {"code": ["a", "b"], "name": ["A", "B"], "kind": [None] * 2, "area": [None] * 2, "area_m2": [1.0] * 2}
    store.add_grids(session, edition.id, gpd.GeoDataFrame(facts, geometry=list(PAIR), crs=4326))
    return edition


def test_a_draft_is_loaded_before_it_is_published(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    lookup = make(session)
    now = datetime.now(UTC)
    old, *drafts = [draft(session, f"n{i}") for i in range(DRAFTS + 2)]
    old.created_at = now - 2 * DRAFT_AGE
    session.flush()
    assert lookup.prepare()
    latest = [edition.id for edition in drafts[1:]]
    read: list[int] = []
    rows = edition_rows.edition_rows
    monkeypatch.setattr(edition_rows, "edition_rows", lambda s, edition: read.append(edition) or rows(s, edition))
    assert not lookup.prepare()
    assert read == []
    for edition in drafts:
        store.open_validity(session, edition, Range(now, None, bounds="[)"), now)
        edition.status = store.PUBLISHED
    session.flush()
    assert lookup.refresh()
    assert read == [drafts[0].id]
    assert set(latest) < set(lookup.snapshot.editions)
    assert ask(lookup, 113.008, 22.005, networks=(f"n{DRAFTS + 1}",))["grids"][0]["code"] == "a"
