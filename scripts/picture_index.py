"""The page of all pictures: docs/page/README.md, with a sentence for each view and what axe-core found there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

ROOMS = {
    "Everybody": ("sign-in",),
    "Planners": (
        "networks", "overlap", "crosswalk", "swipe", "tour", "import", "plans", "setup", "result", "grids", "borders",
        "edit", "compare", "replay", "consultation", "publish",
    ),
    "Admins": (
        "transfers", "posts", "staff-map", "gaps", "departments", "matrix", "duties", "rulebook", "users", "keys",
        "webhooks", "audit",
    ),
    "Operators": (
        "cases", "board", "cases-map", "case", "report", "dashboard", "scores", "score", "appeals", "chain", "objects",
        "object", "notices", "notice",
    ),
    "Residents": ("public-place", "public-report", "public-follow", "public-plans", "public-comment"),
}  # fmt: skip
WHAT = {
    "sign-in": ("the door", "登录"),
    "networks": ("networks on one map, and who owns a place", "各家网格与一个地点的归属"),
    "overlap": ("where no network, one or several own the ground", "几张网管着同一块地"),
    "crosswalk": ("which grid becomes which: a crosswalk", "新旧网格对照"),
    "swipe": ("two networks under a handle", "两张网卷帘对照"),
    "tour": ("the tour, offered once", "第一次使用的导览"),
    "import": ("a dropped file: problems before and after a repair", "拖入文件：修复前后的问题"),
    "plans": ("plans", "划分方案"),
    "setup": ("inputs, parameters and candidates of a plan", "方案的数据、参数与候选"),
    "result": ("sizes of the grids against the band", "网格规模与区间"),
    "grids": ("grids as a table and on the map", "网格表与地图"),
    "borders": ("borders by who drew them", "界线的来源"),
    "edit": ("editing with live scores", "在图上编辑，得分随之变化"),
    "compare": ("two plans side by side, differences in red", "两个方案并排，差异标红"),
    "replay": ("load of the grids after a replay of events", "用历史事件回放的负荷"),
    "consultation": ("what residents say of a draft", "居民对草案的意见"),
    "publish": ("publishing step by step: what is in the way", "逐步发布：还差什么"),
    "transfers": ("where posts go", "人员划转建议"),
    "posts": ("posts and who holds them", "岗位与人员"),
    "staff-map": ("grids on the map by what is vacant", "缺岗地图"),
    "gaps": ("what breaks the staffing rules", "缺岗与兼岗"),
    "departments": ("departments in their tree", "部门"),
    "matrix": ("the matrix of responsibility", "责任矩阵"),
    "duties": ("duty lines", "职责清单"),
    "rulebook": ("a rulebook of scores, as a form", "考评规则"),
    "users": ("users", "用户"),
    "keys": ("keys of machines", "密钥"),
    "webhooks": ("who is told by webhook, and what came of it", "推送订阅与送达"),
    "audit": ("the audit trail", "审计记录"),
    "cases": ("open cases with their countdown", "在办案件与倒计时"),
    "board": ("cases on a board of stages", "案件看板"),
    "cases-map": ("cases on the map", "案件地图"),
    "case": ("a case: why it is whose, what was done, whistles", "案件：为何归谁、办理经过、吹哨"),
    "report": ("a report is taken; whose it would be", "登记上报，查看归属"),
    "dashboard": ("the command hall", "指挥大屏"),
    "scores": ("places of a month", "月度排名"),
    "score": ("a score with its formulas, deductions and trend", "一个得分的公式、扣分单与走势"),
    "appeals": ("appeals", "申诉"),
    "chain": ("the chain of scores verified", "防篡改核验"),
    "objects": ("regulated objects in three colours", "监管对象三色图"),
    "object": ("an object with its history and cases", "一个对象的等级与案件"),
    "notices": ("prior notices", "边界调整预告"),
    "notice": ("a notice, its lists and objections", "一份预告、清单与异议"),
    "public-place": ("who owns this place", "这里归谁管"),
    "public-report": ("a report", "上报问题"),
    "public-follow": ("how far it is", "查进度"),
    "public-plans": ("plans open for comment", "征求意见的方案"),
    "public-comment": ("a comment on a draft", "给草案提意见"),
}
"""What each view shows, in English and in Chinese."""
SETS = {
    "small.zh": "The synthetic town, Chinese",
    "dc.en": "Washington DC, English",
    "small.en": "The synthetic town, English",
    "dc.zh": "Washington DC, Chinese",
}
IMPACTS = ("critical", "serious", "moderate", "minor")
HEAD = """# Every view of the page

Made by `python -m scripts.pictures --town small|dc --language zh,en` from a deployment of its own that
`scripts/picture_towns.py` and `scripts/picture_work.py` fill: the small synthetic town, and Washington DC, each with
months of cases, a published plan and a draft. People, time limits, comments and how fast anybody works are made up;
events of Washington DC (summer 2016) are moved on by 535 weeks. Residents' views are taken at the size of a telephone.
What axe-core finds in each view is counted at the end.
"""


def write(folder: Path) -> None:
    """README.md of the folder that the pictures are in."""
    lines = [HEAD, *_rooms(folder), *_barriers(folder)]
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rooms(folder: Path) -> Iterator[str]:
    known = [name for name in SETS if (folder / name).is_dir()]
    for room, views in ROOMS.items():
        yield f"## {room}\n"
        for view in views:
            shown = [name for name in known if (folder / name / f"{view}.webp").exists()]
            if not shown:
                continue
            english, chinese = WHAT[view]
            yield f"### {english} · {chinese}\n"
            yield "| " + " | ".join(SETS[name] for name in shown) + " |"
            yield "|---" * len(shown) + "|"
            cells = (f"![{english}: {SETS[name]}]({name}/{view}.webp)" for name in shown)
            yield "| " + " | ".join(cells) + " |\n"


def _barriers(folder: Path) -> Iterator[str]:
    """Violations of axe-core's rules by impact; a view that has none of them is in the sums alone."""
    yield "## What axe-core finds\n"
    yield "Rules broken, by impact: all rules of axe-core, best practices too (`axe.json` beside the pictures).\n"
    yield "| set | views | " + " | ".join(IMPACTS) + " | where |"
    yield "|---|---" + "|---" * len(IMPACTS) + "|---|"
    for name in SETS:
        file = folder / name / "axe.json"
        if not file.exists():
            continue
        found = json.loads(file.read_text(encoding="utf-8"))
        sums = [sum(counts.get(impact, 0) for counts in found.values()) for impact in IMPACTS]
        where = ", ".join(view for view, counts in found.items() if set(counts) - {"minor"})
        yield f"| {SETS[name]} | {len(found)} | " + " | ".join(map(str, sums)) + f" | {where or '–'} |"


if __name__ == "__main__":
    write(Path(__file__).resolve().parent.parent / "docs" / "page")
