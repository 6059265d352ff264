"""What the report says, in Chinese and in English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

LANGUAGES = ("zh", "en")

WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("网格划分方案报告", "Report on a plan"),
    "lead": ("方案“{name}”，{day} 编制", "Plan “{name}”, report of {day}"),
    "status_divided": ("草案，尚未发布", "a draft, not published"),
    "status_published": ("已发布", "published"),
    "summary": ("一、结论", "1. In short"),
    "principles": ("二、四项原则", "2. The four principles"),
    "maps": ("三、地图", "3. Maps"),
    "sizes": ("四、规模与形状", "4. Sizes and shapes"),
    "moves": ("五、新旧对应", "5. From the old grids to the new"),
    "workload": ("六、工作量", "6. Workload"),
    "exceptions": ("七、例外与问题", "7. Exceptions and open questions"),
    "sources": ("八、数据来源", "8. Sources"),
    "in_all": (
        "本方案在 {km2} 平方公里内划分网格 {grids} 个（{kinds}），共 {amount} {quantity}。",
        "The plan divides {km2} km² into {grids} grids ({kinds}), with {amount} {quantity} in all.",
    ),
    "in_band": (
        "{share} 的网格规模在要求区间之内，{out} 个网格在区间之外。",
        "{share} of the grids are within the size that was asked for, {out} are not.",
    ),
    "all_hard": (
        "各网格均连片，且均在一个行政区域之内。",
        "Every grid is in one piece and inside one administrative area.",
    ),
    "not_hard": (
        "有 {broken} 处网格不连片，{over} 个网格跨行政区域，须先处理。",
        "{broken} breaks in grids and {over} grids over several areas have to be put right first.",
    ),
    "moving": (
        "与{network}相比，{moved} {quantity}（{share}）将换网格；"
        "{from_one} 的{quantity}所在的新网格主要由其原网格而来。",
        "Against {network}, {moved} {quantity} ({share}) change grid; "
        "{from_one} are in a new grid that comes mainly from their own old grid.",
    ),
    "replayed": (
        "以 {events} 件历史事件回放：{unowned} 无归属；最忙的网格 {max} 件，平均 {mean} 件。",
        "Of {events} events of the past, {unowned} would have no grid; the busiest grid has {max}, the mean is {mean}.",
    ),
    "replayed_changed": (
        "其中 {share} 的事件归属改变（与{network}相比）。",
        "{share} of them would have another owner than in {network}.",
    ),
    "no_breach": ("没有违反发布规则的情况。", "No rule of a published edition is broken."),
    "breaches": (
        "有 {count} 处违反发布规则，见第七部分。",
        "Rules of a published edition are broken in {count} places: see section 7.",
    ),
    "proximity": ("地域相近", "Proximity"),
    "size": ("规模适度", "Size"),
    "interest": ("利益相关", "Interest"),
    "management": ("方便管理", "Management"),
    "total": ("总分", "Total"),
    "proximity_why": (
        "网格是否连片紧凑，是否少被河流、道路阻隔",
        "grids are compact, in one piece, and not cut through by rivers and main roads",
    ),
    "size_why": ("网格规模与目标值的接近程度", "grids are near the size that was asked for"),
    "interest_why": (
        "网格是否在同一行政区域内，居民是否仍与原网格邻里同属一格",
        "a grid lies in one area, and those who shared a grid still do",
    ),
    "management_why": (
        "网格边界是否沿用现有边界、道路，便于辨认与管理",
        "borders run along those that people know: old borders, roads, areas",
    ),
    "score": ("得分", "score"),
    "principle": ("原则", "principle"),
    "explained": ("含义", "what it means"),
    "by_kind": ("网格类别", "Grids by kind"),
    "by_deviation": ("与规模目标的偏差", "Size against the target"),
    "by_origin": ("新网格来自同一旧网格的比例", "How much of a new grid comes from one old grid"),
    "by_load": ("事件负荷（1 为同类平均）", "Events (1: mean of the kind)"),
    "area_lines": ("粗线为行政区域界线", "thick lines: administrative areas"),
    "resident": ("居民", "resident"),
    "business": ("商务", "business"),
    "institution": ("单位", "institution"),
    "all": ("全部", "all"),
    "campus": ("院区单独成格", "a campus of its own"),
    "below_25": ("低于目标 25% 以上", "more than 25 % below"),
    "below_10": ("低 10%–25%", "10–25 % below"),
    "near": ("目标 ±10% 以内", "within 10 %"),
    "above_10": ("高 10%–25%", "10–25 % above"),
    "above_25": ("高于目标 25% 以上", "more than 25 % above"),
    "origin_low": ("不足 50%", "below 50 %"),
    "origin_mid": ("50%–75%", "50–75 %"),
    "origin_high": ("75%–95%", "75–95 %"),
    "origin_whole": ("95% 以上", "95 % and more"),
    "load_none": ("无事件", "none"),
    "load_low": ("不足 0.5", "below 0.5"),
    "load_mid": ("0.5–1.5", "0.5–1.5"),
    "load_high": ("1.5–3", "1.5–3"),
    "load_top": ("3 以上", "above 3"),
    "size_chart": (
        "{kind}网格按{quantity}分布（绿底为要求区间 {low}–{high}）",
        "{kind} grids by {quantity} (green: {low}–{high}, as asked for)",
    ),
    "size_told": (
        "{grids} 个网格：区间内 {inside} 个，低于 {below} 个，高于 {above} 个；"
        "最小 {smallest}，平均 {mean}，最大 {largest}。",
        "{grids} grids: {inside} inside the band, {below} below, {above} above; "
        "least {smallest}, mean {mean}, most {largest}.",
    ),
    "shape_chart": ("网格形状紧凑度（Polsby–Popper，圆为 1）", "Compactness (Polsby–Popper; a circle has 1)"),
    "shape_told": ("平均 {mean}，十分位 {p10}。", "Mean {mean}, 10th percentile {p10}."),
    "network": ("网格体系", "network"),
    "old_grids": ("旧网格", "old grids"),
    "kept_whole": ("原样保留", "kept as they are"),
    "change_grid": ("换网格（{quantity}）", "change grid ({quantity})"),
    "share": ("占比", "share"),
    "stays_together": ("仍与旧网格主体同格", "stay with its largest part"),
    "from_one": ("新网格主要来自原网格", "new grid mainly from it"),
    "moves_note": (
        "新旧网格一一对应，使留在对应网格内的{quantity}最多；不在对应网格内的即为换网格。",
        "Old and new grids are paired one to one, such that most {quantity} stay in paired grids; "
        "the others change grid.",
    ),
    "kind": ("类别", "kind"),
    "grids": ("网格数", "grids"),
    "mean": ("平均", "mean"),
    "median": ("中位数", "median"),
    "p95": ("95 分位", "p95"),
    "max": ("最大", "max"),
    "gini": ("基尼系数", "Gini"),
    "quantity": ("数量", "quantity"),
    "load_note": (
        "基尼系数越接近 0 越均衡，越接近 1 越集中。",
        "Gini: 0 where all grids have the same, towards 1 where a few have everything.",
    ),
    "replay_note": (
        "事件：{file}，{events} 件；负荷图与上表的“事件”即此。",
        "Events: {file}, {events} in all; the rows “events” and the map of load show them.",
    ),
    "out_of_band": ("规模区间之外的网格（偏差最大者）", "Grids outside the band, the furthest first"),
    "split_pieces": (
        "{count} 处地块超出网格上限而被切开，切线应逐一核对。",
        "{count} pieces were larger than a grid may be and were split: their lines should be looked at.",
    ),
    "cut_compounds": ("被切开的小区、单位", "Compounds that are cut"),
    "undivided": ("{count} 处地块不在任何行政区域内，未划分。", "{count} pieces lie in no area and were not divided."),
    "mixed": ("{count} 个网格内另有类别占比较高。", "{count} grids hold much of another kind."),
    "infeasible": ("无法满足的要求", "Wishes that cannot be met"),
    "breaking": ("违反发布规则之处", "Breaches of the rules of a published edition"),
    "excuse": ("发布理由：{excuse}", "Published nevertheless, because: {excuse}"),
    "nothing": ("无。", "None."),
    "more": ("……另有 {count} 项", "… and {count} more"),
    "code": ("编码", "code"),
    "name": ("名称", "name"),
    "amount": ("规模", "size"),
    "deviation": ("偏差", "deviation"),
    "edition": ("版本", "edition"),
    "layer": ("图层", "layer"),
    "hash": ("内容摘要", "content hash"),
    "made_from": ("网格版本", "Editions"),
    "areas_layer": ("行政区域图层", "areas"),
    "cut_layers": ("切分图层", "cuts"),
    "quantity_layers": ("数量来源", "quantities from"),
    "asked": ("规模要求（最小、目标、最大）", "bands (minimum, target, maximum)"),
    "weights": ("权重", "weights"),
    "seed": ("随机种子", "seed"),
    "crs": ("计算坐标系", "computed in"),
    "plan_hash": ("方案内容摘要", "content hash of the plan"),
    "created": ("方案创建", "plan made"),
    "reported": ("报告生成", "report made"),
    "by": ("{who}，{day}", "{who}, {day}"),
    "same_again": (
        "相同输入、参数和种子得到相同方案。",
        "The same inputs, parameters and seed give the same plan.",
    ),
    "households": ("户", "households"),
    "people": ("人", "people"),
    "businesses": ("家商户", "businesses"),
    "jobs": ("个岗位", "jobs"),
    "events": ("事件", "events"),
    "components": ("部件", "components"),
    "area_m2": ("平方米", "m²"),
    "label_households": ("户数", "households"),
    "label_people": ("人口", "people"),
    "label_businesses": ("商户", "businesses"),
    "label_jobs": ("岗位", "jobs"),
    "label_area_m2": ("面积", "ground"),
    "balance": ("均衡", "balance"),
    "compact": ("紧凑", "compact"),
    "stable": ("稳定", "stable"),
    "follow": ("沿用边界", "follow borders"),
    "barrier": ("阻隔", "barriers"),
    "station": ("近站点", "near stations"),
    "slack": ("宽松", "slack"),
    "in_band_tile": ("网格在规模区间内", "of grids within their band"),
    "counted": ("{what}（{count}）", "{what} ({count})"),
    "comma": ("、", ", "),
    "remarks": ("其他说明", "Remarks"),
    "page": ("第 ", "page "),
    "of": (" 页，共 ", " of "),
    "pages": (" 页", ""),
}

BREACHES = (
    (r"grid (\S+) is not a valid polygon", r"网格 \1 的图形无效"),
    (r"grid (\S+) has several parts", r"网格 \1 由几部分组成"),
    (r"grids (\S+) and (\S+) overlap", r"网格 \1 与 \2 重叠"),
    (r"([\d.]+) m² of ground without a grid at (\S+), (\S+)", r"\1 平方米地面无网格，位于 \2, \3"),
    (r"grid (\S+) has ([\d.]+) m² in area (\S+)", r"网格 \1 有 \2 平方米在行政区域 \3 内"),
    (r"grid (\S+) reaches out of every area by ([\d.]+) m²", r"网格 \1 有 \2 平方米在所有行政区域之外"),
)

_BAND = "{minimum:g}–{maximum:g} {quantity}"
REASONS: Mapping[str, str] = {
    "coarse": f"地块过粗，难以满足 {_BAND}：网格实为 {{least:.1f}} 至 {{most:.1f}}",
    "little": f"合计仅 {{total:g}}，不足一个网格（{_BAND}）",
    "misfit": f"无论分为几个网格都不在 {_BAND} 之内：共 {{total:g}}，分 {{grids:.0f}} 个则每个 {{each:.1f}}，"
    "分 {more:.0f} 个则每个 {less:.1f}",
    "lone": f"仅 {{amount:g}}，四周又无相邻地块，不足一个网格（{_BAND}）",
    "compound": "小区或单位 {compound} 有 {amount:g} {quantity}，超过网格上限 {maximum:g}",
    "apart": "小区或单位 {compound} 分为互不相连的 {stretches:.0f} 处，相距 {metres:.0f} 米",
    "areas": "小区或单位 {compound} 跨 {areas:.0f} 个行政区域（{where}），而网格只能在其中一个",
    "piece": "有地块须保持完整，但超过网格上限 {maximum:g} {quantity}",
    "bridge_areas": "地块 {from} 与 {to} 之间的连接跨行政区域 {area} 与 {other}，任何网格都不能用",
    "bridge_nowhere": "地块 {from} 与 {to} 之间的连接落在已锁定的网格内或行政区域之外，任何网格都不能用",
}
CHOICES: Mapping[str, str] = {
    "minimum": "下限改为 {minimum:g} {quantity}",
    "maximum": "上限改为 {maximum:g} {quantity}",
    "both": "下限改为 {minimum:g}、上限改为 {maximum:g} {quantity}",
    "raise": "上限提高到 {maximum:g} {quantity}",
    "own_grid": "让 {compound} 单独成一个网格",
    "parts": "将其分为 {parts:.0f} 个网格",
    "bridge": "声明地块 {from} 与 {to} 之间 {metres:.0f} 米的连接",
}
"""Why a wish cannot be met and what could be instead, by the words of a division's proposals; the English words come
with them."""

Say = Callable[..., str]


def speaker(language: str) -> Say:
    """`say(key, **values)`: the words for a key; a key that has none (a quantity, a network) is said as it is."""
    column = LANGUAGES.index(language)

    def say(key: str, **values: object) -> str:
        words = WORDS[key][column] if key in WORDS else key
        return words.format(**values) if values else words

    return say


def label(quantity: str, say: Say) -> str:
    """A quantity as the head of a row, where the Chinese has another word than after a number."""
    return say(f"label_{quantity}" if f"label_{quantity}" in WORDS else quantity)


def wish(proposal: Mapping[str, Any], language: str) -> str:
    """A wish that cannot be met, with its area and the nearest choice; what has no Chinese words stays English."""
    said = _worded(REASONS, proposal, "reason", language) or str(proposal.get("why", ""))
    for choice in (proposal.get("choices") or [])[:1]:
        said += f" → {_worded(CHOICES, choice, 'action', language) or choice.get('what', '')}"
    return f"{proposal.get('area') or ''} {said}".strip()


def _worded(words: Mapping[str, str], told: Mapping[str, Any], key: str, language: str) -> str:
    if language != "zh" or told.get(key) not in words:
        return ""
    figures = dict(told["figures"])
    if "quantity" in figures:
        figures["quantity"] = speaker(language)(figures["quantity"])
    return words[told[key]].format_map(figures)


def breach(sentence: str, language: str) -> str:
    """A breach in the language of the report; one that is not known stays English."""
    if language == "zh":
        for pattern, chinese in BREACHES:
            if found := re.fullmatch(pattern, sentence):
                return found.expand(chinese)
    return sentence
