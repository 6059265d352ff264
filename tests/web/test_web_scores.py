"""A month's scores down to the case, an appeal from the sheet to its decision, and the chain of all of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from scored import store_trail
from sqlalchemy.orm import Session

from app.rules.accounts.access import SCOPES, Caller
from app.rules.cases.trail import Step
from app.services.scores import scores
from app.services.scores.scores import Order

MakePage = Callable[..., Page]
ROOT = Caller("cli:test", frozenset(SCOPES))
ZONE = "Asia/Shanghai"
PERIOD = (datetime.now(UTC).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
"""The month before this one: it is over."""


def dispatched(department: str, done_after: int | None) -> list[Step]:
    nine = datetime.strptime(f"{PERIOD}-12 01", "%Y-%m-%d %H").replace(tzinfo=UTC)
    trail = [Step("collect", nine, "user:zhao", department, detail={"grid": "J-1", "verified": True})]
    trail += [Step(action, nine, "user:zhao", department) for action in ("file", "dispatch", "accept")]
    if done_after is not None:
        trail.append(Step("finish", nine + timedelta(hours=done_after), "user:wang"))
    return trail


@pytest.fixture
def late(in_database: Callable[[], AbstractContextManager[Session]]) -> int:
    """The number of a case that its department never finished, in a month that is told."""
    with in_database() as session:
        store_trail(session, dispatched("准时所", 1))
        number = store_trail(session, dispatched("拖延所", None))
        scores.compute(session, ROOT, Order(PERIOD, ZONE, "a test"), datetime.now(UTC))
    return number


def test_from_the_ranking_to_the_case_and_to_an_appeal(make_page: MakePage, late: int) -> None:
    page = make_page("zhao", f"/scores?period={PERIOD}")
    expect(page.get_by_role("img", name=re.compile("各部门的综合得分"))).to_be_visible()
    expect(page.get_by_role("link", name="导出工作簿")).to_have_attribute("download", f"scores-{PERIOD}.xlsx")
    expect(page.get_by_role("tab", name="防篡改核验")).to_have_count(0)
    page.get_by_role("link", name="拖延所").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"拖延所 · {PERIOD}")
    expect(page.get_by_text("超期未处置数/应处置数")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(f"综合得分：.*{PERIOD}"))).to_be_visible()
    appeal = page.get_by_role("button", name=f"对案件 {late} 的 K1 申诉")
    expect(page.get_by_role("row").filter(has=appeal).get_by_role("link")).to_have_attribute("href", f"/cases/{late}")
    appeal.click()
    dialogue = page.get_by_role("dialog")
    dialogue.get_by_label("理由").fill("连日暴雨，现场无法作业")
    dialogue.get_by_role("button", name="申诉").click()
    filed = page.get_by_role("row", name=re.compile("连日暴雨"))
    expect(filed).to_contain_text("待裁决")

    page = make_page("wang", "/scores?tab=appeals")
    page.get_by_role("row", name=re.compile("连日暴雨")).get_by_role("button").click()
    dialogue = page.get_by_role("dialog")
    dialogue.get_by_label("不再计入").fill("处置")
    page.locator(".ant-select-item-option").get_by_text("处置", exact=True).click()
    dialogue.locator(".ant-modal-title").click()  # the list of choices closes
    expect(page.locator(".ant-select-dropdown:visible")).to_have_count(0)
    dialogue.get_by_label("理由").fill("气象部门证实")
    dialogue.get_by_role("button", name="裁决").click()
    expect(dialogue).to_be_hidden()
    page.get_by_text("已裁决", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("气象部门证实"))).to_contain_text("支持")
    page.get_by_role("tab", name="防篡改核验").click()
    page.get_by_role("button", name="开始核验").click()
    expect(page.get_by_role("alert")).to_contain_text("链条完整")


def test_a_month_that_lasts_is_a_trial_in_english_too(make_page: MakePage) -> None:
    page = make_page("qian", f"/scores?period={datetime.now(UTC):%Y}", "en")
    expect(page.get_by_role("heading", name="Scores", level=1)).to_be_visible()
    expect(page.get_by_text("This period is not over")).to_be_visible()
    expect(page.get_by_text("Person", exact=True)).to_have_count(0)
    expect(page.get_by_role("tab", name="Appeals")).to_have_count(0)
