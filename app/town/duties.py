"""Duty lists of the synthetic town: which office leads on which matter, where, and by when; with conflicts on purpose.

Matters come from a code table (`kind, code, category, name`); offices, scopes and limits are made up.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

WHOLE = "全域"
CITY, MARKET, ENVIRONMENT, WATER = "综合行政执法队", "市场监管所", "生态环境所", "水务所"
WORKS, SANITATION, GARDENS, POLICE = "市政管理所", "环卫所", "园林所", "派出所"
TRAFFIC, FIRE, BUILDING, PROMOTION = "交警中队", "消防站", "建设管理所", "文明办"
LEADS = {  # by code, else by the first two digits
    "01": WORKS,
    "02": TRAFFIC,
    "03": SANITATION,
    "04": GARDENS,
    "06": SANITATION,
    "07": CITY,
    "08": BUILDING,
    "09": CITY,
    "10": WORKS,
    "06001": CITY,
    "06004": CITY,
    "06007": CITY,
    "06013": WORKS,
    "06017": GARDENS,
    "06020": ENVIRONMENT,
    "06025": WATER,
    "06026": WATER,
    "06027": CITY,
    "06028": POLICE,
    "06029": CITY,
    "06030": WATER,
    "06034": TRAFFIC,
    "06040": CITY,
    "06045": GARDENS,
    "06047": GARDENS,
    "06050": WORKS,
    "06051": WORKS,
    "09009": TRAFFIC,
    "09012": FIRE,
    "09015": MARKET,
    "09020": MARKET,
}
UNOWNED = (("matter", "06037"), ("matter", "10002"), ("component", "04007"))
DUPLICATE = {("matter", "09005"): MARKET, ("matter", "06027"): ENVIRONMENT, ("matter", "08001"): ENVIRONMENT}
CROSSED = {("matter", "06026"): ENVIRONMENT, ("matter", "09006"): MARKET, ("matter", "09012"): POLICE}
URGENT = ("01001", "01002", "01003", "02014", "09012")
LIMITS = {"01": (24, "工作时"), "06": (4, "工作时"), "07": (1, "工作日"), "08": (8, "工作时"), "09": (2, "工作时")}


@dataclass(frozen=True)
class Conflicts:
    """What is wrong in the duty list on purpose: (kind, code) of matters; crossed ones with the communities."""

    unowned: list[tuple[str, str]]
    duplicate: list[tuple[str, str]]
    crossed: dict[tuple[str, str], list[str]]


def duty_list(matters: pd.DataFrame, communities: list[str]) -> tuple[pd.DataFrame, Conflicts]:
    """Rows of `kind, code, name, scope, lead, role, assistants, limit, unit`; `scope` is 全域 or a community code.

    A matter without rows is unowned (无人管理); two leads on the whole ground are a duplicate (重复管理); a second lead
    in some communities only is crossed (交叉管理).
    """
    third = communities[:: max(1, len(communities) // 3)][:3]
    rows = []
    for matter in matters.itertuples(index=False):
        key = (matter.kind, matter.code)
        if key in UNOWNED:
            continue
        lead = LEADS.get(matter.code, LEADS.get(matter.code[:2], CITY))
        rows.append(duty_row(matter, WHOLE, lead))
        if key in DUPLICATE:
            rows.append(duty_row(matter, WHOLE, DUPLICATE[key]))
        rows += [duty_row(matter, code, CROSSED[key]) for code in third if key in CROSSED]
    present = set(zip(matters["kind"], matters["code"], strict=True))
    conflicts = Conflicts(
        unowned=[key for key in UNOWNED if key in present],
        duplicate=[key for key in DUPLICATE if key in present],
        crossed={key: list(third) for key in CROSSED if key in present},
    )
    return pd.DataFrame(rows), conflicts


def duty_row(matter: object, scope: str, lead: str) -> dict[str, object]:
    """One line of a duty list; `matter` has `kind, code, name`."""
    code = str(getattr(matter, "code", ""))
    limit, unit = (2, "紧急工作时") if code in URGENT else LIMITS.get(code[:2], (3, "工作日"))
    return {
        "kind": getattr(matter, "kind", ""),
        "code": code,
        "name": getattr(matter, "name", ""),
        "scope": scope,
        "lead": lead,
        "role": "网格员" if lead in (SANITATION, PROMOTION) else "专业网格员",
        "assistants": "社区居委会" if lead != SANITATION else "物业服务企业",
        "limit": limit,
        "unit": unit,
    }


def leads(duties: pd.DataFrame) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """(kind, code) → its (scope, lead) pairs."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in duties.itertuples(index=False):
        found.setdefault((str(row.kind), str(row.code)), []).append((str(row.scope), str(row.lead)))
    return found
