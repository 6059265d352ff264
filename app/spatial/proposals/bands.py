"""Bands that cannot be met in an area: by how much they would have to be wider."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from app.spatial.division.terms import Band
from app.spatial.proposals.proposal import BAND, Choice, Figures, Proposal, nearest_first
from app.spatial.proposals.trials import Outcome, Places, Trials, outside

ROUNDS = 4  # a band is widened to what the search reached and tried again, so many times
Place = tuple[str, str]


def band_proposals(trials: Trials | None, made: Outcome) -> list[Proposal]:
    """One proposal per area and kind with grids outside their band. Without `trials` nothing can be proposed."""
    wrong = _mendable(made.grids)
    if trials is None or not len(wrong):
        return []
    places = sorted({(str(area), str(kind)) for area, kind in zip(wrong["area"], wrong["kind"], strict=True)})
    band_of = {place: trials.layout.rules.band(trials.layout.inputs.bands, *place) for place in places}
    choices: dict[Place, list[Choice]] = {place: [] for place in places}
    tries: list[Callable[[Band, pd.DataFrame], Band]] = [_reached, _raised, _lowered]
    for widen in tries:
        start = {place: widen(band_of[place], _totals(made, place)) for place in places}
        start = {place: band for place, band in start.items() if band != band_of[place]}
        for place, (band, holds) in settle(trials, start).items():
            choice = widened(place, band_of[place], band, holds)
            if all(choice.change != other.change for other in choices[place]):
                choices[place].append(choice)
    return [
        Proposal(BAND, *place, "", *_why(band_of[place], _totals(made, place)), nearest_first(found))
        for place, found in choices.items()
    ]


def settle(trials: Trials, start: Places) -> dict[Place, tuple[Band, bool]]:
    """Bands that hold where they are applied: those of `start`, widened to what is reached with them until all fit."""
    bands, open_ = dict(start), set(start)
    for _ in range(ROUNDS):
        if not open_:
            break
        tried = trials.of(trials.with_bands(bands), {area for area, _ in open_})
        wrong = _mendable(tried.grids)
        for place in sorted(open_):
            here = tried.grids[(tried.grids["area"] == place[0]) & (tried.grids["kind"] == place[1])]
            if not len(wrong.index.intersection(here.index)):
                open_.discard(place)
            else:
                bands[place] = around(bands[place], here.loc[here.index.intersection(wrong.index), "amount"])
    return {place: (bands[place], place not in open_) for place in start}


def _mendable(grids: pd.DataFrame) -> pd.DataFrame:
    """Grids outside their band for another reason than one piece too large, or ground too small with nothing beside."""
    wrong = outside(grids)
    return wrong[~wrong["oversized"] & ~wrong["below_band"]]


def _totals(made: Outcome, place: Place) -> pd.DataFrame:
    """Per territory of the place with a grid outside its band: total, number of grids, least and most in a grid."""
    wrong = _mendable(made.grids)
    here = (made.grids["area"] == place[0]) & (made.grids["kind"] == place[1])
    mine = made.grids[here & made.grids["territory"].isin(wrong["territory"]) & (made.grids["territory"] >= 0)]
    return mine.groupby("territory")["amount"].agg(total="sum", least="min", most="max", grids="size")


def around(band: Band, amounts: Iterable[float]) -> Band:
    """The band as wide as it must be to hold these amounts, in whole numbers; nothing at all cannot be inside."""
    held = [amount for amount in amounts if amount > 0]
    low = min([band.minimum, *(_floor(amount) for amount in held)])
    high = max([band.maximum, *(_ceil(amount) for amount in held)])
    return Band(band.quantity, low, min(max(band.target, low), high), high)


def _floor(amount: float) -> float:
    return float(math.floor(amount)) if amount >= 1 else amount


def _ceil(amount: float) -> float:
    return float(math.ceil(amount))


def _reached(band: Band, totals: pd.DataFrame) -> Band:
    """Wide enough for what the division reached."""
    return around(band, [*totals["least"], *totals["most"]])


def _raised(band: Band, totals: pd.DataFrame) -> Band:
    """One grid fewer: the maximum as high as their mean."""
    means = [total / max(1, math.floor(total / band.minimum)) for total in totals["total"][_misfits(band, totals)]]
    return around(band, [mean for mean in means if mean > band.maximum])


def _lowered(band: Band, totals: pd.DataFrame) -> Band:
    """One grid more: the minimum as low as their mean."""
    means = [total / math.ceil(total / band.maximum) for total in totals["total"][_misfits(band, totals)]]
    return around(band, [mean for mean in means if mean < band.minimum])


def _misfits(band: Band, totals: pd.DataFrame) -> pd.Series:
    """Territories whose total no number of grids brings into the band."""
    return np.ceil(totals["total"] / band.maximum) > np.floor(totals["total"] / band.minimum)


def _why(band: Band, totals: pd.DataFrame) -> tuple[str, Figures]:
    misfit = totals[_misfits(band, totals)]
    asked: dict[str, float | str] = {"minimum": band.minimum, "maximum": band.maximum, "quantity": band.quantity}
    if not len(misfit):
        worst = totals.loc[(totals["most"] - totals["least"]).idxmax()]
        return "coarse", asked | {name: float(worst[name]) for name in ("total", "least", "most", "grids")}
    total = float(misfit.iloc[0]["total"])
    few = math.floor(total / band.minimum)
    if few == 0:
        return "little", asked | {"total": total, "grids": 0.0}
    in_words = {"each": total / few, "more": few + 1.0, "less": total / (few + 1)}
    return "misfit", asked | {"total": total, "grids": float(few)} | in_words


def widened(place: Place, asked: Band, band: Band, holds: bool) -> Choice:
    area, kind = place
    lower, higher = band.minimum < asked.minimum, band.maximum > asked.maximum
    action = "both" if lower and higher else "minimum" if lower else "maximum"
    figures: Figures = {"minimum": band.minimum, "maximum": band.maximum, "quantity": band.quantity, "area": area}
    cost = 1.0 - band.minimum / asked.minimum + band.maximum / asked.maximum - 1.0
    change = {"area_bands": {area: {kind: [band.minimum, band.target, band.maximum]}}}
    return Choice(action, figures, change, holds, cost)
