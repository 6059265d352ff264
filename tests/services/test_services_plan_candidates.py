"""Several plans of one division: kept, told, chosen; the same again; over HTTP and the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import planned_city
import pytest
from planned_city import PLANNER
from sqlalchemy.orm import Session

from app.errors import Cancelled, Conflict, InputError, NotFound
from app.services.plans import plan_candidates, plan_consolidation, plan_division
from app.services.progress import Progress, silent
from app.spatial.proposals.candidates import LEAST_DIFFERENCE, difference
from app.store.plans import plan_candidates as candidates_store
from app.store.plans import plans as store


@pytest.fixture
def city(session: Session, tmp_path: Path) -> Session:
    planned_city.build(session, tmp_path)
    return session


BANDS = {"resident": [250, 400, 560]}


def divide(session: Session, name: str, **parameters: Any) -> dict[str, Any]:
    asked = {"plan": name, "bands": BANDS, "effort": 400.0, **parameters}
    return plan_division.divide_step(session, PLANNER, asked, silent())


def choose(session: Session, name: str, number: int) -> dict[str, Any]:
    return plan_candidates.choose_step(session, PLANNER, {"plan": name, "number": number}, silent())


def grids_of(session: Session, name: str) -> Any:
    frame = store.pieces_frame(session, store.get(session, name))
    return frame["grid"].to_numpy(), frame["households"].to_numpy(dtype=float)


def test_candidates_are_kept_and_any_can_be_chosen(city: Session) -> None:
    plan = planned_city.divided(city, "spring")
    made = divide(city, "spring", candidates=4)
    told = plan_candidates.describe(city, plan)
    assert made["candidates"] == told
    assert 2 <= len(told) <= 4
    assert [one["number"] for one in told] == list(range(1, len(told) + 1))
    assert [one["chosen"] for one in told] == [True] + [False] * (len(told) - 1)
    assert told[0]["score"] == plan.score
    first, mass = grids_of(city, "spring")
    chosen = choose(city, "spring", len(told))
    assert chosen["name"] == told[-1]["name"]
    assert chosen["score"]["total"] == pytest.approx(told[-1]["score"]["total"])
    assert chosen["score"]["preserved"] == pytest.approx(told[-1]["score"]["preserved"])
    assert plan.parameters["weights"] == told[-1]["weights"]
    second, _ = grids_of(city, "spring")
    numbers = [np.unique(codes.astype(str), return_inverse=True)[1] for codes in (first, second)]
    assert difference(numbers[0], numbers[1], mass) >= LEAST_DIFFERENCE
    assert [one["chosen"] for one in plan_candidates.describe(city, plan)] == [False] * (len(told) - 1) + [True]
    assert choose(city, "spring", 1)["content_hash"] == made["content_hash"]


def test_the_same_request_gives_the_same_candidates(city: Session) -> None:
    hashes = []
    for name in ("first", "second"):
        planned_city.divided(city, name)
        told = divide(city, name, candidates=3)["candidates"]
        hashes.append([choose(city, name, one["number"])["content_hash"] for one in told])
    assert hashes[0] == hashes[1]


def test_a_candidate_of_other_pieces_is_not_chosen(city: Session) -> None:
    planned_city.divided(city, "spring")
    divide(city, "spring", candidates=2)
    plan_consolidation.consolidate_step(city, PLANNER, {"plan": "spring", "quantities": ["blocks"]}, silent())
    choose(city, "spring", 1)  # the same pieces again
    plan = store.get(city, "spring")
    row = candidates_store.get(city, plan.id, 1)
    row.ground = "other"
    city.flush()
    with pytest.raises(Conflict, match="divide again"):
        choose(city, "spring", 1)
    with pytest.raises(NotFound, match=r"no candidate 9; there are \d"):
        choose(city, "spring", 9)
    divide(city, "spring")
    assert plan_candidates.describe(city, plan) == []


def test_locks_hold_in_every_candidate(city: Session) -> None:
    plan = planned_city.divided(city, "spring")
    code = store.grids_frame(city, plan.id)["code"].iloc[2]
    pieces = store.pieces_frame(city, plan)
    kept = set(pieces[pieces["grid"] == code]["piece"])
    for one in divide(city, "spring", candidates=3, locked=[code])["candidates"]:
        choose(city, "spring", one["number"])
        now = store.pieces_frame(city, plan)
        assert set(now[now["grid"] == code]["piece"]) == kept


def test_finding_candidates_can_be_cancelled(city: Session) -> None:
    plan = planned_city.divided(city, "spring")
    known = plan.content_hash

    def cancel(share: float, text: str) -> None:
        if text.startswith("plan 3"):
            raise Cancelled("enough")

    asked = {"plan": "spring", "bands": BANDS, "effort": 400.0, "candidates": 3}
    with pytest.raises(Cancelled, match="enough"):
        plan_division.divide_step(city, PLANNER, asked, Progress(cancel))
    assert store.get(city, "spring").content_hash == known
    with pytest.raises(InputError, match="from 1 to 5"):
        divide(city, "spring", candidates=7)


def test_locks_and_splits_leave_candidates_to_be_chosen(city: Session) -> None:
    plan = planned_city.divided(city, "spring", bands={"resident": [20, 30, 40]}, effort=50.0)
    code = store.grids_frame(city, plan.id)["code"].iloc[0]
    made = divide(city, "spring", bands={"resident": [15, 20, 25]}, effort=50.0, candidates=2, locked=[code])
    for one in made["candidates"]:
        assert choose(city, "spring", one["number"])["locked"] == 1
    assert store.pieces_frame(city, plan)["households"].sum() == pytest.approx(planned_city.TOTAL, abs=0.01)
