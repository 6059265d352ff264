"""How a search cools: from grids that may swell and shrink freely to grids of the size that is wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.spatial.search.ground import COST, Ground
from app.spatial.search.prices import Prices

Floats = NDArray[np.float64]

HOTTEST, MIDDLE, COLDEST = 1.7, 0.24, 0.07  # temperatures in mean edge costs; measured on the bench files
FROZEN = 0.97  # from this share of the proposals on at temperature zero: only improvements
SPREAD = 0.23  # sizes of grids deviate by about so much at first …
RISEN = 0.6  # … and are held as tightly as asked from this share of the proposals on


@dataclass(frozen=True)
class Cooling:
    """Temperature and price of balance over a search. A piece of half a grid's size cannot cross a border while
    balance is dear, so the price starts low and rises as the temperature falls: p95 of the deviation at the same cut
    is a third smaller than with a constant price."""

    hottest: float
    coldest: float
    loosest: float
    balance: float
    frozen: float = FROZEN

    @classmethod
    def of(cls, ground: Ground, prices: Prices, heat: float = 1.0) -> Cooling:
        """`heat` below 1 starts cooler and with the whole price: what is good stays."""
        typical = float(np.abs(ground.edge[:, COST]).mean(dtype=np.float64)) if len(ground.edge) else 1.0
        hottest = HOTTEST * heat * typical
        # the price at which a deviation of SPREAD is as likely as chance has it: half a temperature a grid
        loosest = min(prices.balance, hottest / (2.0 * SPREAD**2)) if heat >= 1.0 else prices.balance
        return cls(hottest, COLDEST * typical, loosest, prices.balance)

    def in_two(self) -> tuple[Cooling, Cooling]:
        """From the hottest to the middle, and on from there with the whole price."""
        middle = self.hottest * MIDDLE / HOTTEST
        return replace(self, coldest=middle, frozen=1.0), replace(self, hottest=middle, loosest=self.balance)

    def at(self, progress: Floats) -> tuple[Floats, Floats]:
        """Temperatures and prices of balance at shares 0–1 of the proposals."""
        heats = self.hottest * (self.coldest / self.hottest) ** (progress / self.frozen)
        heats[progress >= self.frozen] = 0.0
        if self.loosest <= 0.0:
            return heats, np.full(len(progress), self.balance)
        balances = self.loosest * (self.balance / self.loosest) ** np.minimum(1.0, progress / RISEN)
        return heats, balances
