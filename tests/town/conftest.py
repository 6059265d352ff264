from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from app.town.town import Town, make_town

CODES = Path(__file__).resolve().parents[2] / "data" / "sample_grids" / "codes"


def streets() -> list[tuple[str, str]]:
    rows = pd.read_csv(CODES / "nansha.csv", dtype=str)
    return [(code, name) for code, name in rows.itertuples(index=False, name=None) if len(code) == 9]


def made(size: str, seed: int) -> Town:
    return make_town(size, seed, streets(), pd.read_csv(CODES / "matters.csv", dtype=str))


@pytest.fixture(scope="session")
def small() -> Town:
    return made("small", 1)


@pytest.fixture(
    scope="session", params=[("small", 1), ("small", 7), ("town", 3)], ids=lambda case: f"{case[0]}-{case[1]}"
)
def town(request: pytest.FixtureRequest) -> Town:
    """Towns of both testable sizes; the district has the same code and takes half a minute."""
    return made(*request.param)


@pytest.fixture(scope="session")
def generate() -> Callable[[str, int], Town]:
    return made
