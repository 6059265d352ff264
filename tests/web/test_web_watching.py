"""Objects under watch, notices with their objections, and webhooks: looked at, added, answered, ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text
from sqlalchemy.orm import Session

MakePage = Callable[..., Page]
DRAWN = "[data-idle] canvas.maplibregl-canvas"
A_NOTICE = """
    INSERT INTO notices (plan_id, plan_version, department, valid_from, counts, lists, given_by, given_at)
    SELECT id, version, '环卫所', now() + interval '9 days', '{"grids_lost": 1}',
           '{"grids_lost": [{"code": "440115001001J001", "share": 0.5, "old": ["governance/1"]}]}', 'test', now()
    FROM plans WHERE name = 'spring' RETURNING id
"""


@pytest.fixture
def notice(in_database: Callable[[], AbstractContextManager[Session]]) -> int:
    """A notice of the plan to one department."""
    with in_database() as session:
        return int(session.execute(text(A_NOTICE)).scalar_one())


def test_an_object_is_put_under_watch_and_found_on_the_map(make_page: MakePage) -> None:
    page = make_page("zhao", "/objects")
    page.get_by_text("列入观察").click()
    page.get_by_label("编号或地址").fill("91440101MA5")
    page.get_by_label("名称").fill("旧货行")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name=re.compile("旧货行"))).to_contain_text("放心")
    event = page.request.post("/api/v1/events", data={"lon": 113.51, "lat": 22.79}).json()["id"]
    named = page.request.post(f"/api/v1/events/{event}/objects", data={"key": "business:91440101MA5"})
    assert named.ok, named.text()
    page.reload()
    expect(page.locator(DRAWN)).to_be_visible()
    expect(page.get_by_role("complementary", name="图例")).to_contain_text("放心 · 1")
    page.get_by_role("button", name="旧货行").click()
    expect(page.get_by_role("link", name=str(event), exact=True)).to_be_visible()
    expect(page.get_by_text("等级没有变化过")).to_be_visible()
    page.get_by_role("button", name="返回列表").click()
    page.get_by_text("升降规则").click()
    expect(page.get_by_text(re.compile("天没有新案件，降一级"))).to_be_visible()


def test_a_department_objects_to_a_notice_and_is_answered(make_page: MakePage, notice: int) -> None:
    page = make_page("zhao", "/notices")
    page.get_by_role("link", name="环卫所").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("致环卫所")
    expect(page.get_by_role("tab", name=re.compile("减少网格"))).to_be_visible()
    page.get_by_label("针对").fill("440115001001J001")
    page.get_by_label("理由").fill("中转站仍由我所管理")
    page.get_by_role("button", name="提出异议").click()
    expect(page.get_by_text("未答复")).to_be_visible()
    expect(page.get_by_role("button", name="答复")).to_have_count(0)
    expect(page.get_by_role("button", name="撤回")).to_be_visible()

    page = make_page("li", f"/notices/{notice}")
    page.get_by_role("button", name="答复").click()
    page.get_by_role("radio", name="采纳", exact=True).check()
    page.get_by_label("理由").first.fill("改划入原网格")
    page.get_by_role("button", name="答复").click()
    expect(page.get_by_text("改划入原网格")).to_be_visible()
    expect(page.get_by_role("button", name="答复")).to_have_count(0)


def test_a_webhook_is_added_tried_and_ended(make_page: MakePage) -> None:
    page = make_page("wang", "/access")
    page.get_by_role("tab", name="推送订阅").click()
    page.get_by_label("地址").fill("http://192.0.2.1/hooks")  # an address for documents: nobody is there
    page.get_by_role("button", name="新增订阅").click()
    expect(page.get_by_role("alert")).to_contain_text("whsec_")
    row = page.get_by_role("row", name=re.compile("192.0.2.1"))
    row.get_by_role("button", name="试送").click()
    row.locator(".ant-table-row-expand-icon").click()
    expect(page.locator(".ant-table-row", has_text="onegrid.subscription.test")).to_be_visible()
    row.get_by_role("button", name="结束").click()
    page.get_by_role("tooltip").get_by_role("button").last.click()
    expect(row).to_contain_text("已结束")
