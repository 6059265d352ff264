"""The report as a document: well formed, nothing from outside, both languages whole; drawings by counting."""

from __future__ import annotations

import re
import string
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pytest
import shapely

from app.errors import InputError, Unavailable
from app.files.reports import svg
from app.files.reports.page import PlanReport, render
from app.files.reports.pdf import to_pdf
from app.files.reports.pictures import Ground, maps
from app.files.reports.words import CHOICES, LANGUAGES, REASONS, WORDS, breach, speaker
from app.spatial.proposals import wording
from app.spatial.proposals.proposal import Choice, Proposal

NAMESPACE = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "br", "link", "img", "hr", "input"}
LOAD = {
    "grids": 4,
    "total": 1600.0,
    "mean": 400.0,
    "median": 400.0,
    "p95": 500.0,
    "max": 520.0,
    "deviation": 0.1,
    "gini": 0.05,
}


def ground() -> Ground:
    cells = shapely.box([0, 1000, 0, 1000], [0, 0, 1000, 1000], [1000, 2000, 1000, 2000], [1000, 1000, 2000, 2000])
    grids = gpd.GeoDataFrame(
        {
            "code": list("abcd"),
            "kind": ["resident", "resident", "business", "institution"],
            "campus": [False, False, False, True],
            "deviation": [-0.3, 0.0, 0.26, 0.0],
            "kept_old": [0.4, 0.6, 0.9, 1.0],
            "load": [0.0, 1.0, 5.0, 0.2],
        },
        geometry=cells,
        crs=32650,
    )
    return Ground(grids, gpd.GeoSeries([shapely.LineString([(1000, 0), (1000, 2000)])], crs=32650))


def judged() -> dict[str, Any]:
    sizes = {
        "quantity": "households", "minimum": 300.0, "target": 400.0, "maximum": 500.0, "grids": 3, "campuses": 0,
        "inside": 2, "below": 1, "above": 0, "smallest": 280.0, "mean": 400.0, "largest": 480.0,
        "histogram": {"edges": [0.1 * i for i in range(21)], "counts": [0] * 7 + [1, 0, 0, 1, 1] + [0] * 8},
    }  # fmt: skip
    shares = {"stays": 0.75, "together": 0.8, "from_one": 0.9}
    old = {"grids": 5, "kept_whole": 1, "weight": "households", "moved": 400.0, **shares}
    return {
        "grids": 4,
        "by_kind": {"business": 1, "institution": 1, "resident": 2},
        "score": dict.fromkeys(("proximity", "size", "interest", "management", "total"), 0.8),
        "sizes": {"resident": sizes},
        "shapes": {
            "mean": 0.5,
            "p10": 0.3,
            "lowest": 0.2,
            "histogram": {"edges": [0.1 * i for i in range(11)], "counts": [0, 0, 1, 1, 0, 2, 0, 0, 0, 0]},
        },
        "cuts": {"compounds_cut": {"school <1>": ["a", "b"]}},
        "old_networks": {"governance": old},
        "workload": {"area_m2": {"all": LOAD}, "households": {"all": LOAD}},
        "weights": {"balance": 1.0},
        "seed": 1,
    }


def report(**changes: Any) -> PlanReport:
    plan = {
        "name": 'spring <b>"&',
        "status": "divided",
        "division": {
            "splits": [1, 2],
            "undivided": 3,
            "proposals": [{"area": "A", "why": "too small", "choices": [{"what": "lower the minimum"}]}],
        },
        "areas": "areas",
        "cuts": ["roads"],
        "quantity_layers": ["blocks"],
        "crs": "EPSG:32650",
        "content_hash": "0f" * 32,
        "created_by": "user:wang",
        "created_at": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    }
    values = {
        "plan": plan,
        "judged": judged(),
        "ground": ground(),
        "editions": [("governance", 7, "ab" * 32)],
        "made_at": datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
        "outside": [("a", "东社区居民001", "resident", 280.0, -0.3)],
        "breaches": ["grids a and b overlap"],
        "names": {"governance": "综治网格"},
    }
    return PlanReport(**(values | changes))


class Whole(HTMLParser):
    """Fails on a tag that is not closed, and keeps what would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_is_whole_and_needs_nothing_from_outside(language: str) -> None:
    html = render(report(), language)
    reader = Whole()
    reader.feed(html)
    assert reader.open == []
    assert reader.fetched == []
    assert set(re.findall(r"https?://[^\"'<\s]+", html)) == {"http://www.w3.org/2000/svg"}
    assert "url(" not in html
    assert "<script" not in html
    assert render(report(), language) == html
    assert {"zh": 'lang="zh-CN"', "en": 'lang="en"'}[language] in html
    assert "spring &lt;b&gt;" in html
    assert '<b>"' not in html
    assert "school &lt;1&gt;" in html


def test_drawings_are_well_formed_and_say_what_they_show() -> None:
    html = render(report(), "en")
    drawings = [ElementTree.fromstring(each) for each in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]
    assert len(drawings) == 6
    ids = [each.get("id") for drawing in drawings for each in drawing.iter() if each.get("id")]
    assert len(ids) == len(set(ids)) == 12
    for drawing in drawings:
        assert drawing.get("role") == "img"
        assert all((drawing.findtext(NAMESPACE + name) or "").strip() for name in ("title", "desc"))


def test_what_is_told() -> None:
    chinese, english = render(report(), "zh"), render(report(), "en")
    for words in (
        "网格划分方案报告",
        "居民 2",
        "综治网格",
        "网格 a 与 b 重叠",
        "2 处地块",
        "东社区居民001",
        "-30%",
        "草案",
    ):
        assert words in chinese
    for words in (
        "Report on a plan",
        "2 resident",
        "综治网格",
        "grids a and b overlap",
        "A too small → lower the minimum",
    ):
        assert words in english.replace("resident 2", "2 resident")
    assert "0f" * 32 in english
    assert "user:wang" in english
    events = {"events": 90, "unowned": 2, "load": {"all": LOAD}, "events_file": "a.csv",
              "before": {"network": "governance", "share_changed": 0.125}}  # fmt: skip
    assert "12.5%" in render(report(events=events), "en")
    assert "没有违反发布规则的情况" in render(report(breaches=[]), "zh")
    with pytest.raises(InputError, match="zh, en"):
        render(report(), "fr")


def test_both_languages_take_the_same_values() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [key for key, (zh, en) in WORDS.items() if fields(zh) != fields(en)] == []
    assert speaker("zh")("cats") == "cats"
    assert breach("grid x is a horse", "zh") == "grid x is a horse"


def test_every_grid_is_on_every_map_once() -> None:
    for picture in maps(ground(), speaker("en")):
        drawing = ElementTree.fromstring(str(picture.drawing))
        filled = [path for path in drawing.iter(NAMESPACE + "path") if path.get("fill") != "none"]
        assert sum((path.get("d") or "").count("M") for path in filled) == 4
        assert sum(int(n) for n in re.findall(r"\((\d+)\)", drawing.findtext(NAMESPACE + "desc") or "")) == 4


def test_bars_are_as_high_as_their_counts() -> None:
    frame = svg.Frame()
    counts = [0, 3, 7, 1]
    body = svg.histogram(svg.Histogram([0, 1, 2, 3, 4], counts, {}, (1, 3)), frame)
    bars = [ElementTree.fromstring(each) for each in body if each.startswith("<rect")][1:]
    heights = np.array([float(bar.get("height") or 0) for bar in bars])
    np.testing.assert_allclose(heights / heights[2], np.array(counts) / 7, atol=0.01)
    assert [bar.get("fill") for bar in bars] == ["#d9813a", "#4a7ab5", "#4a7ab5", "#d9813a"]


def test_a_pdf_has_the_fonts_in_it() -> None:
    made = to_pdf(render(report(), "zh"))
    assert made.startswith(b"%PDF-")
    assert b"FontFile" in made or b"ObjStm" in made


def test_without_its_libraries_the_pdf_says_what_is_missing(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('cannot load library libpango')\n")
    broken.chmod(0o755)
    with pytest.raises(Unavailable, match="apt-get install libpango"):
        to_pdf("<p>", python=str(broken))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_wish_that_cannot_be_met_has_chinese_words_with_the_same_figures():
    assert REASONS.keys() == wording.REASONS.keys()
    assert CHOICES.keys() == wording.CHOICES.keys()
    for key, english in {**wording.REASONS, **wording.CHOICES}.items():
        assert placeholders({**REASONS, **CHOICES}[key]) <= placeholders(english)


def test_a_wish_is_told_in_the_language_of_the_report():
    lower = Choice("both", {"minimum": 280.0, "maximum": 560.0, "quantity": "households", "area": "A"}, {}, True)
    figures = {"amount": 200.0, "quantity": "households", "minimum": 300.0, "maximum": 600.0}
    told = Proposal("lone", "A", "resident", "7", "lone", figures, (lower,)).to_dict()
    html = report(plan={**report().plan, "division": {"proposals": [told]}})
    assert "A 仅 200，四周又无相邻地块，不足一个网格（300–600 户） → 下限改为 280、上限改为 560 户" in render(
        html, "zh"
    )
    english = "A 200 households with nothing beside are less than a grid of 300–600"
    assert f"{english} → a minimum of 280 and a maximum of 560 households in area A" in render(html, "en")
