"""Which line of work a department's name speaks of."""

from __future__ import annotations

SIGNS = (  # asked in this order: a word that says more comes before one that many names have
    ("应急", "emergency"),
    ("消防", "fire"),
    ("公安", "police"),
    ("派出所", "police"),
    ("交警", "traffic"),
    ("交通", "traffic"),
    ("政法", "governance"),
    ("综治", "governance"),
    ("文明", "civilization"),
    ("环卫", "sanitation"),
    ("生态环境", "environment"),
    ("环保", "environment"),
    ("水务", "water"),
    ("园林", "gardens"),
    ("市场监管", "market"),
    ("建设", "building"),
    ("住建", "building"),
    ("市政", "municipal"),
    ("执法", "enforcement"),
    ("城管", "city_management"),
    ("党建", "party"),
    ("组织部", "party"),
)


def line_of(name: str) -> str | None:
    """The code of a line for the first sign in a name (区城管局 → city_management); None where there is none."""
    return next((line for sign, line in SIGNS if sign in name), None)
