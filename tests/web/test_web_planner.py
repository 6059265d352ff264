"""A planner's whole journey, from dropped shapefiles to a published plan, as people do it: by label, button and map."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import planned_city
from cities import LAT, LON, STEP, squares
from playwright.sync_api import Locator, Page, expect

MakePage = Callable[..., Page]
DRAWN = "[data-idle] canvas.maplibregl-canvas"
RUN_MS = 120_000


def shapefile(folder: Path, name: str, wide: int, high: int) -> list[Path]:
    """A network of squares as a department would send it: GBK texts, metres of the 3° zone, no .cpg."""
    collection = json.loads(squares(wide, high, planned_city.SIZE, 负责单位="城管科"))
    frame = gpd.GeoDataFrame.from_features(collection, crs=4326).to_crs("EPSG:4547")
    path = folder / f"{name}.shp"
    frame.rename(columns={"code": "编号"}).to_file(path, encoding="GBK", engine="pyogrio")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    return sorted(folder.glob(f"{name}.*"))


def zipped(parts: list[Path]) -> Path:
    archive = parts[0].with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as made:
        for part in parts:
            made.write(part, part.name)
    return archive


def choose(page: Page, label: str, *options: str) -> None:
    field = page.get_by_role("combobox", name=label)
    for option in options:
        field.click()
        page.locator(".ant-select-item-option:visible").filter(has_text=option).first.click()
    if len(options) > 1:  # a list of one choice closes by itself, and Escape would then close the form around it
        page.keyboard.press("Escape")


def import_network(page: Page, name: str) -> None:
    """The chosen file, as a new network that holds at once."""
    check = page.get_by_role("region", name=f"检查 {name}")
    expect(check.get_by_text("EPSG:4547").first).to_be_visible()
    check.get_by_role("button", name="导入", exact=True).click()
    expect(check.get_by_role("alert").filter(has_text="已导入")).to_be_visible(timeout=RUN_MS)


def at_cell(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the city is on the screen: the map shows the city's box with 32 pixels around it, centred."""
    box = page.locator(DRAWN).bounding_box()
    assert box is not None
    mercator = 0.92  # a degree of latitude against one of longitude on the screen, 22.75° north
    side_lon, side_lat = planned_city.SIZE * STEP, planned_city.SIZE * STEP / mercator
    scale = min((box["width"] - 64) / side_lon, (box["height"] - 64) / side_lat)
    middle = planned_city.SIZE / 2
    across, up = (x - middle) * STEP * scale, (y - middle) * STEP / mercator * scale
    return box["x"] + box["width"] / 2 + across, box["y"] + box["height"] / 2 - up


def run_step(button: Locator, page: Page, done: Locator) -> None:
    button.click()
    expect(page.locator(".run[data-status=succeeded]")).to_be_visible(timeout=RUN_MS)
    expect(done).to_be_visible(timeout=RUN_MS)


def test_from_dropped_shapefiles_to_a_published_plan(make_page: MakePage, shapefiles: Path) -> None:
    page = make_page("li", "/import")

    loose, parts = shapefile(shapefiles, "huanwei", 4, 3), shapefile(shapefiles, "jingwu", 3, 4)
    page.locator("input[type=file]").set_input_files([str(path) for path in loose])
    check = page.get_by_role("region", name="检查 huanwei.shp")
    expect(check.get_by_text("gb18030").or_(check.get_by_text("GBK")).first).to_be_visible()
    check.get_by_role("tab", name="属性样例").click()
    expect(check.get_by_text("城管科").first).to_be_visible()
    import_network(page, "huanwei.shp")
    page.locator("input[type=file]").set_input_files(str(zipped(parts)))
    import_network(page, "jingwu.zip")

    page.get_by_role("link", name="划分方案").click()
    page.get_by_role("button", name="新建方案").click()
    form = page.get_by_role("dialog", name="新建方案")
    form.get_by_label("名称").fill("journey")
    choose(page, "网格体系", "huanwei", "jingwu")
    choose(page, "行政区域", "areas")
    form.get_by_role("button", name="新建", exact=True).click()

    division = page.get_by_role("button", name="开始划分")
    run_step(page.get_by_role("button", name="开始归并"), page, division)
    choose(page, "候选方案数", "2")
    run_step(division, page, page.get_by_text("当前方案"))

    page.get_by_role("link", name="结果").click()
    expect(page.locator(DRAWN)).to_be_visible()
    page.get_by_role("tab", name="网格").click()
    page.get_by_role("searchbox").fill("440115001001J001")
    expect(page.locator(".ant-table-row:visible")).to_have_count(1)

    edit(page)
    publish(page)

    then = (datetime.now(UTC) + timedelta(days=3)).date()
    place = f"lon={LON + 1.5 * STEP}&lat={LAT + 1.5 * STEP}&at={then}"
    owners = page.request.get(f"/api/v1/lookup?{place}").json()["grids"]
    found = {grid["network"]: grid["code"] for grid in owners}
    assert found["unified"].startswith("440115001001J")
    assert found["huanwei"] == found["jingwu"] == "0000"


def edit(page: Page) -> None:
    """A grid is chosen on the map and locked; the lock is undone; two grids become one."""
    page.get_by_role("link", name="编辑", exact=True).click()
    expect(page.get_by_role("toolbar", name="工具")).to_be_visible()
    expect(page.locator(DRAWN)).to_be_visible()
    page.mouse.click(*at_cell(page, 1.4, 1.4))
    page.get_by_role("button", name="锁定").click()
    page.get_by_label("理由").fill("已与社区商定")
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_text("已与社区商定").first).to_be_visible()
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_role("button", name="锁定")).to_be_visible()

    page.keyboard.down("Control")
    for x, y in ((1.4, 10.4), (4.4, 10.4), (4.4, 6.4)):
        page.mouse.click(*at_cell(page, x, y))
    page.keyboard.up("Control")
    page.get_by_role("button", name="合并").click()
    expect(page.get_by_text("处违规")).to_be_visible()
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_text("没有违规")).to_be_visible()


def publish(page: Page) -> None:
    page.get_by_role("link", name="发布").click()
    expect(page.get_by_role("heading", name="发布方案")).to_be_visible()
    for step in ("权责矩阵", "人员划转", "通知部门", "生效"):
        page.get_by_role("button", name="下一步").click()
        expect(page.get_by_role("region", name=step)).to_be_visible()
    page.get_by_role("button", name="起生效").click()
    expect(page.get_by_text("方案已发布")).to_be_visible(timeout=RUN_MS)


def test_a_file_that_cannot_be_used_says_why_and_what_to_do(make_page: MakePage, shapefiles: Path) -> None:
    page = make_page("li", "/import")
    broken = shapefiles / "broken.geojson"
    broken.write_text('{"type": "FeatureCollection", "features": [}')
    page.locator("input[type=file]").set_input_files(str(broken))
    expect(page.get_by_role("alert")).to_contain_text("处理办法")


def test_problems_of_a_file_are_on_the_map_and_a_repair_is_shown_before_and_after(
    make_page: MakePage, shapefiles: Path
) -> None:
    page = make_page("li", "/import")
    overlapping = json.loads(squares(3, 3, 6))
    overlapping["features"][0]["geometry"]["coordinates"][0][1][0] += STEP / 20
    file = shapefiles / "overlap.geojson"
    file.write_text(json.dumps(overlapping))
    page.locator("input[type=file]").set_input_files(str(file))
    check = page.get_by_role("region", name="检查 overlap.geojson")
    check.get_by_role("button").filter(has_text="重叠").first.click()
    check.get_by_text("完全修复").click()
    expect(check.get_by_role("row", name="重叠 1 0")).to_be_visible()
