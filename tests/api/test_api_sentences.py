"""Refusals and other sentences in the language that the caller prefers; the catalogue itself is checked in
tests/architecture/test_architecture_sentences.py."""

from __future__ import annotations

from string import Formatter
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app import errors
from app.api.sentences.catalogue import WORD, catalogue, literals_of, tell, templates
from app.api.sentences.documents import answer_in, language_of, problem_in

TEMPLATES = templates()
ZH = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        (None, "en"), ("", "en"), ("*", "en"), ("zh", "zh"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("zh-Hant-TW", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"), ("fr,zh;q=0.5", "zh"), ("en;q=0.4, zh;q=0.5", "zh"), ("zh;q=0", "en"),
        ("zh;q=nonsense", "en"), ("de", "en"), ("ZH-hans", "zh"),
    ],
)  # fmt: skip
def test_language_by_accept_language(accept: str | None, language: str) -> None:
    assert language_of(accept) == language


def test_every_template_comes_back_in_chinese() -> None:
    """Filled with numbers, the English sentence gives the filled Chinese one: found by its words alone, and no other
    template takes it. Expected values by Python's own str.format."""
    wrong = {}
    for english, chinese in TEMPLATES.items():
        literals = literals_of(english)
        values = [f"{7001 + 13 * at}" for at in range(len(literals) - 1)]
        values = [value if at == 0 or literals[at] else f", {value}" for at, value in enumerate(values)]  # a phrase
        expected = chinese.replace(f":{WORD}", "").format(*values)
        if (told := tell(english.format(*values))) != expected:
            wrong[english] = (told, expected)
    assert not wrong


@given(st.text(max_size=300))
def test_other_texts_stay_or_change_without_failing(text: str) -> None:
    assert isinstance(tell(text), str)
    assert tell(f"名称{text}".replace(" ", "")) is not None


@given(st.sampled_from(sorted(each for each in TEMPLATES if "{0}" in each)), st.text("网格abc 0-9、", max_size=12))
def test_values_are_carried_over(english: str, value: str) -> None:
    """Whatever a value is, a sentence of a template with that value loses nothing of it that its Chinese names."""
    holes = len(literals_of(english)) - 1
    named = {int(hole) for _, hole, _, _ in Formatter().parse(TEMPLATES[english]) if hole is not None}
    values = [f"“{value}{at}”" for at in range(holes)]
    told = tell(english.format(*values))
    assert all(values[at] in told for at in named)


def test_words_of_ours_are_told_and_names_are_not() -> None:
    assert (
        tell("edition 3 is draft; only a published one can be retired") == "版本 3 的状态为草稿，只有已发布的可以停用"
    )
    assert tell("plan draft exists already") == "方案 draft 已存在"
    assert tell("no network 'draft'; there are: open, red") == "没有网格体系 “draft”，现有：open, red"


def test_sentences_in_sentences_and_in_a_row() -> None:
    assert (
        tell("2.10 m² that no grid owned given to 7 (longest shared edge, 3.00 m)")
        == "无主的 2.10 平方米划给 7（公共边最长，3.00 米）"
    )
    assert tell("no plan 3; no event 9") == "没有方案 3；没有事件 9"
    assert (
        tell("a.csv: no field looks like a code (a heading such as 编号 or code; different, code-like values); the"
             " fields are: 甲, 乙 — name it with --code-field")
        == "a.csv：没有像编码的字段（字段名如“编号”或 code，各值不同且形似编码），现有字段：甲, 乙——请指定编码字段"
    )  # fmt: skip
    assert tell("row 3: a duty needs a lead (牵头单位)") == "第 3 行：职责须有牵头单位"


def test_a_file_error_is_put_together_in_chinese() -> None:
    error = errors.FileError(
        "not valid JSON at line 3, column 9: a comma is expected", file="片区.geojson", row=3, field="code",
        remedy="export it again, or correct that place",
    )  # fmt: skip
    told = problem_in("zh", {"detail": error.detail, "title": "Unusable file", **error.members})
    assert told["title"] == "文件不能使用"
    assert told["detail"] == (
        "片区.geojson，第 3 行，字段 code：第 3 行第 9 列不是有效的 JSON：此处应为逗号——请重新导出，或改正该处"
    )
    assert told["remedy"] == "请重新导出，或改正该处"
    assert (told["file"], told["row"], told["field"]) == ("片区.geojson", 3, "code")


def test_wishes_that_cannot_be_met_are_told_from_their_figures() -> None:
    proposal = {
        "area": "440106001", "reason": "little", "figures": {"total": 80, "minimum": 250, "maximum": 450,
        "quantity": "households"}, "why": "it holds 80 in all", "choices": [],
    }  # fmt: skip
    told = problem_in("zh", {"detail": "x", "reasons": ["it holds 80 in all"], "proposals": [proposal]})
    assert told["reasons"] == ["440106001 合计仅 80，不足一个网格（250–450 户）"]


def test_answers_keep_what_people_wrote() -> None:
    answer = {"reason": "因道路改造", "grid": {"name": "no plan 3", "breaches": [{"says": "grid 7 lies in 2 areas"}]}}
    assert answer_in("zh", answer) == {
        "reason": "因道路改造", "grid": {"name": "no plan 3", "breaches": [{"says": "网格 7 跨 2 个行政区域"}]},
    }  # fmt: skip
    assert answer_in("en", answer) == answer


def refusals(client: TestClient, key: dict[str, str], headers: dict[str, str]) -> list[Any]:
    asked = [
        client.get("/api/v1/plans/987654", headers=key | headers),
        client.post("/api/v1/plans", json={"name": "x"}, headers=key | headers),
        client.get("/api/v1/nowhere", headers=key | headers),
        client.get("/api/v1/runs?limit=none", headers=key | headers),
        client.delete("/api/v1/runs", headers=key | headers),
    ]
    assert all(each.headers["vary"] == "Accept-Language" for each in asked)
    assert {each.headers["content-language"] for each in asked} == {"zh-CN" if headers else "en"}
    return [each.json() for each in asked]


def test_refusals_over_http_in_both_languages(client: TestClient, admin: dict[str, str]) -> None:
    english, chinese = refusals(client, admin, {}), refusals(client, admin, ZH)
    assert [each["title"] for each in chinese] == ["没有找到", "输入有误", "没有找到", "输入有误", "不支持该方法"]
    assert [each["title"] for each in english] == [
        "Not found", "Wrong input", "Not found", "Wrong input", "Method not allowed",
    ]  # fmt: skip
    assert (english[0]["detail"], chinese[0]["detail"]) == ("no plan 987654", "没有方案 987654")
    assert english[1]["errors"][0] == {"where": "body.networks", "what": "Field required"}
    assert chinese[1]["errors"][0] == {"where": "body.networks", "what": "必填"}
    assert chinese[1]["detail"].startswith("body.networks：必填")
    assert chinese[2]["detail"] == "没有路径 /api/v1/nowhere"
    for each, other in zip(english, chinese, strict=True):
        assert (each["type"], each["status"], each["instance"]) == (other["type"], other["status"], other["instance"])


def test_a_check_of_a_file_is_told_in_chinese(client: TestClient, admin: dict[str, str]) -> None:
    ring = "[[113.2,23.1],[113.3,23.2],[113.3,23.1],[113.2,23.2],[113.2,23.1]]"
    made = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"A1"},"geometry":' + (
        '{"type":"Polygon","coordinates":[' + ring + "]}}]}"
    )
    told = {}
    for language, headers in (("en", {}), ("zh", ZH)):
        sent = {"files": ("a.geojson", made.encode(), "application/geo+json")}
        answer = client.post("/api/v1/checks", files=sent, headers=admin | headers)
        assert answer.status_code == 200, answer.text
        told[language] = answer.json()
        assert answer.headers["content-language"] == ("zh-CN" if language == "zh" else "en")
    first = {language: each["problems"]["features"][0]["properties"] for language, each in told.items()}
    assert first["en"]["message"].startswith("feature 1 is not a valid polygon")
    assert first["zh"]["message"].startswith("要素 1 不是有效的多边形")
    assert first["zh"]["remedy"] == "安全修复"


def test_the_catalogue_loads_once() -> None:
    assert catalogue() is catalogue()
