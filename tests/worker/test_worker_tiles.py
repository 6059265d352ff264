"""Tiles of editions that were published without: drawn by the worker, once, whoever else is at it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from published import LONG_AGO, publish
from sqlalchemy import Engine, text

from app import db, worker
from app.store.networks import editions as store
from app.store.networks import networks, tiles

SIDE, DEGREES = 11, 0.005
WEST = 113.0 + np.tile(np.arange(SIDE), SIDE) * DEGREES
SOUTH = 22.0 + np.repeat(np.arange(SIDE), SIDE) * DEGREES
SQUARES = shapely.box(WEST, SOUTH, WEST + DEGREES, SOUTH + DEGREES)
CODES = [f"{number:03}" for number in range(len(SQUARES))]


@pytest.fixture
def own(database: str) -> Iterator[Engine]:
    made = db.make_engine(database)
    yield made
    made.dispose()


def kept(engine: Engine) -> dict[int, int]:
    """Edition → tiles that are kept."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT edition_id, count(*) FROM tiles GROUP BY 1")).all()
    return {int(edition): int(number) for edition, number in rows}


def test_editions_without_outlines_are_drawn_once_and_drafts_and_empty_ones_never(own: Engine) -> None:
    with db.transaction(own) as session:
        old = publish(session, "a", CODES, SQUARES, valid_to=LONG_AGO.replace(year=2021)).id
        held = publish(session, "a", CODES, SQUARES, valid_from=LONG_AGO.replace(year=2021)).id
        publish(session, "empty", [], np.empty(0, dtype=object))
        draft = store.add(
            session, network_id=networks.get(session, "a").id, content_hash="d", created_by="test", provenance={},
            report={},
        )  # fmt: skip
    assert sorted(worker.draw_tiles(own)) == [old, held]
    before = kept(own)
    assert set(before) == {old, held}
    assert draft.id not in before
    assert worker.draw_tiles(own) == []
    assert kept(own) == before


def test_an_edition_that_another_process_draws_is_left_to_it(own: Engine) -> None:
    with db.transaction(own) as session:
        edition = publish(session, "a", CODES, SQUARES).id
    with db.transaction(own) as session:
        assert tiles.claim(session, edition)
        assert worker.draw_tiles(own) == []
    assert worker.draw_tiles(own) == [edition]


def test_an_edition_that_cannot_be_drawn_does_not_hold_up_the_others(
    own: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.transaction(own) as session:
        good = publish(session, "a", CODES, SQUARES).id
        bad = publish(session, "b", CODES, SQUARES).id
    add = tiles.add_outlines

    def broken(session: object, edition: int, *rest: object) -> None:
        if edition == bad:
            raise shapely.errors.GEOSException("side location conflict")
        add(session, edition, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(tiles, "add_outlines", broken)
    assert worker.draw_tiles(own) == [good]
    assert set(kept(own)) == {good}
