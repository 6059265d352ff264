"""Prior notice (边界调整预告): each department is told what a plan would give and take before it is published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError
from app.models.notices import Notice
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.cases import messages
from app.services.cases.notice_lists import NAMES, lists_of
from app.store.cases import notices as store
from app.store.plans import plans as plans_store

SHEETS = {
    "grids_gained": "增加的网格",
    "grids_lost": "减少的网格",
    "duties_gained": "增加的职责",
    "duties_lost": "减少的职责",
    "cases_gained": "转入的案件",
    "cases_lost": "转出的案件",
    "own_grids": "本体系网格去向",
}
HEADINGS = {
    "event": "案件", "network": "网格体系", "kind": "类别", "code": "编码", "matter": "事项", "name": "名称",
    "area": "行政区域", "share": "份额", "old": "原网格", "new": "新网格", "grid": "网格", "grids": "网格",
    "from": "原责任单位", "to": "现责任单位",
}  # fmt: skip
"""Of the columns of all sheets, in their order: the database keeps none."""
KINDS = {
    "matter": "事件", "component": "部件", "resident": "居民", "business": "商务", "institution": "单位",
}  # fmt: skip


def preview(session: Session, caller: Caller, plan: Plan, valid_from: datetime, now: datetime) -> list[dict[str, Any]]:
    """What each affected department would be told; nothing is kept."""
    caller.require("plan")
    found = lists_of(session, plan, valid_from, now)
    return [{"department": name, "counts": _counts(lists), "lists": lists} for name, lists in found.items()]


def give(
    session: Session, caller: Caller, plan: Plan, valid_from: datetime, now: datetime, *,
    answer_by: datetime | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Keep a notice for each affected department and tell those who subscribed to it. Again after the plan has changed:
    the notices before stay, with what was objected to them. Raises Conflict for a plan that is published or has no
    grids, InputError for a time to answer that is over or later than the plan holds."""
    caller.require("plan")
    if plan.status == plans_store.PUBLISHED:
        raise Conflict(f"plan {plan.name!r} is published: notice is given before")
    if answer_by is not None and not now < answer_by <= valid_from:
        raise InputError("the time to answer is over before the plan holds, and not yet")
    plans_store.lock(session, plan)
    found = lists_of(session, plan, valid_from, now)
    rows = [
        {"plan_id": plan.id, "plan_version": plan.version, "department": name, "valid_from": valid_from,
         "answer_by": answer_by, "counts": _counts(lists), "lists": _plain(lists), "given_by": caller.name,
         "given_at": now}
        for name, lists in found.items()
    ]  # fmt: skip
    made = sorted(store.add(session, rows), key=lambda notice: notice.department)
    for notice in made:
        tell(session, "notice.given", f"notice-{notice.id}-given", notice, plan, now, {})
    told = {"departments": [notice.department for notice in made], "valid_from": valid_from}
    audit.record(session, caller, "give notice", f"plan/{plan.id}", after=told)
    return [describe(notice) for notice in made]


def tell(
    session: Session, type_: str, uid: str, notice: Notice, plan: Plan, now: datetime, more: dict[str, Any]
) -> None:
    """A message on a notice, to whom it was given. The lists are fetched: they may be long."""
    data = {
        "notice": notice.id, "plan": plan.id, "name": plan.name, "department": notice.department,
        "valid_from": notice.valid_from, "answer_by": notice.answer_by, "counts": notice.counts, **more,
    }  # fmt: skip
    messages.tell(session, type_, uid, f"notices/{notice.id}", now, data, [notice.department])


def of_plan(session: Session, plan: Plan) -> list[dict[str, Any]]:
    """Every notice that was given, without the lists; `is_current`: of the plan as it is now."""
    return [{**describe(row), "is_current": is_current(row, plan)} for row in store.of_plan(session, plan.id)]


def every(session: Session, department: str | None = None) -> list[dict[str, Any]]:
    """Notices of all plans, the newest first, with the name of the plan and how many objections are not answered."""
    return [
        {**describe(row), "plan_name": plan.name, "plan_status": plan.status, "is_current": is_current(row, plan),
         "open_objections": count}
        for row, plan, count in store.every(session, department)
    ]  # fmt: skip


def get(session: Session, notice_id: int) -> dict[str, Any]:
    """A notice with its lists and the objections to it."""
    notice = store.get(session, notice_id)
    plan = plans_store.by_id(session, notice.plan_id)
    found = [describe_objection(row, notice) for row, _ in store.objections(session, notice_id=notice_id)]
    told = {**describe(notice), "plan_name": plan.name, "plan_status": plan.status}
    told["is_current"] = is_current(notice, plan)
    return {**told, "lists": notice.lists, "objections": found}


def is_current(notice: Notice, plan: Plan) -> bool:
    return notice.plan_version == plan.version


def frames(notice: Notice) -> dict[str, gpd.GeoDataFrame]:
    """A sheet in Chinese for each list that has something in it; all without, the first, empty."""
    filled = [name for name in SHEETS if notice.lists.get(name)] or [next(iter(SHEETS))]
    return {SHEETS[name]: _sheet(notice.lists.get(name) or []) for name in filled}


def metadata(notice: Notice) -> dict[str, Any]:
    names = ("id", "plan_id", "plan_version", "department", "valid_from", "answer_by", "given_by", "given_at")
    return {name: _text(getattr(notice, name)) for name in names}


def describe(notice: Notice) -> dict[str, Any]:
    names = ("id", "department", "valid_from", "answer_by", "counts", "given_by", "given_at")
    return {"plan": notice.plan_id, **{name: getattr(notice, name) for name in names}}


def describe_objection(row: Any, notice: Notice) -> dict[str, Any]:
    names = ("id", "about", "reason", "made_by", "made_at", "status", "accepted", "answer", "ended_by", "ended_at")
    told = {"notice": notice.id, "plan": notice.plan_id, "department": notice.department}
    return {**told, **{name: getattr(row, name) for name in names}}


def _counts(lists: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    """How long each list is; of duties, the grids × matters."""
    return {
        name: sum(len(row["grids"]) for row in lists[name]) if name.startswith("duties") else len(lists[name])
        for name in NAMES
    }


def _plain(lists: Any) -> Any:
    return json.loads(json.dumps(lists, ensure_ascii=False, default=str))


def _sheet(rows: Sequence[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Rows without ground, as the writers take them; lists of codes joined."""
    flat = [{HEADINGS[key]: _cell(key, row[key]) for key in HEADINGS if key in row} for row in rows]
    return gpd.GeoDataFrame(pd.DataFrame(flat).assign(geometry=None), geometry="geometry", crs=4326)


def _cell(key: str, value: Any) -> Any:
    if key == "kind":
        return KINDS.get(value, value)
    return ", ".join(value) if isinstance(value, list) else value


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
