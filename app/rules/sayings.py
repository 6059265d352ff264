"""Reasons as codes with values, and their wording: who shows them in a language of their own goes by the code.

A reason that was kept (a trace, a proposal) keeps its English wording letter by letter: sentences here are added, and
get a new code when they change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

ENGLISH, CHINESE = "en", "zh"

SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType({
    # where an old post goes
    "share_goes_there": ("{share:.0%} of its old grid's work goes there", "原网格工作量的 {share:.0%} 划入该网格"),
    "larger_share_elsewhere": (
        "the largest share, {share:.0%}, goes to {grid}, which has enough of the role",
        "最大的一份（{share:.0%}）划入 {grid}，那里该岗位已经够了",
    ),
    "nearly_as_much": ("{grid} takes over nearly as much, {share:.0%}", "{grid} 接收的份额相近（{share:.0%}）"),
    "becomes_member": ("another chief has the grid: goes as a member", "该网格已有网格长：改任网格员"),
    "no_ground_taken": ("no new grid takes over any of its ground: decide", "没有新网格接收其范围：请人工决定"),
    # how a problem of the matrix could be resolved
    "usual_lead": ("leads on {number} other matters of its class or kind", "同类事项中已牵头 {number} 项"),
    "leads_in_class": ("leads on {number} other matters of {category}", "在“{category}”中已牵头 {number} 项"),
    "leads_in_its_class": ("leads on {number} other matters of its class", "在同一大类中已牵头 {number} 项"),
    "end_others": ("end the others' lines and let them assist", "终止其他单位的职责行，改为协办"),
    "stands_in_place": (
        "say that its lines stand in place of those of {lead}", "把它的职责行标明“特别规定”，以代替{lead}的职责行",
    ),
    "one_for_whole_grids": (
        "one lead for the whole of each grid that the old border cuts", "旧边界穿过的网格，整格由一家牵头",
    ),
    # what could be done about a vacancy or an overload
    "member_promoted": (
        "the longest-serving member of the grid; the grid can spare one", "本网格任职最久的网格员；该网格可以抽出一人",
    ),
    "spare_in_area": (
        "grid {grid} in the same area has more of the role than it needs", "同一社区的网格 {grid} 该岗位有余",
    ),
    "spare_in_network": (
        "grid {grid} in the same network has more of the role than it needs", "同一网格体系的网格 {grid} 该岗位有余",
    ),
    "nobody_has_time": (
        "the post begun last; nobody in the role has time for it: appoint somebody",
        "最近任的一个岗位；同岗位没有人有余力：请另行任命",
    ),
    "colleague_has_time": (
        "the post begun last; a colleague of the role on grid {grid} has time for it",
        "最近任的一个岗位；网格 {grid} 的同岗位人员有余力接任",
    ),
    "too_many": (
        "{held} hold it and {most} may; this post began last", "该岗位有 {held} 人，限 {most} 人；此人任职最晚",
    ),
    "nobody_to_spare": (
        "nobody in the network can be spared or has time: appoint somebody",
        "本网格体系没有可抽调或有余力的人：请另行任命",
    ),
    "time_for_second": (
        "holds the role on grid {grid} and has time for a second post", "在网格 {grid} 任同一岗位，有余力兼任",
    ),
    # who is on duty
    "on_shift": ("on shift", "当班"),
    "at_all_hours": ("on duty at all hours", "全天在岗"),
    "off_shift": ("off shift", "不当班"),
    "off_shift_until": ("off shift until {until}", "不当班，{until} 接班"),
    "stands_in_until": (
        "the holder is away until {until}; substitute {number} stands in",
        "本人离岗至 {until}，由第 {number} 替补（B角）顶岗",
    ),
    "stands_in": (
        "the holder is away until further notice; substitute {number} stands in",
        "本人离岗（返岗未定），由第 {number} 替补（B角）顶岗",
    ),
    "away_until": ("the holder is away until {until}; no substitute is there", "本人离岗至 {until}，没有替补在岗"),
    "away": ("the holder is away until further notice; no substitute is there", "本人离岗（返岗未定），没有替补在岗"),
    "role_on_duty": ("{role} is on duty", "{role_name}在岗"),
    "role_off_duty": (
        "{wanted} is off duty on this grid; {role} answers", "本网格的{wanted_name}不当班，由{role_name}应答",
    ),
    "role_vacant": (
        "{wanted} is a post nobody holds on this grid; {role} answers", "本网格没有{wanted_name}，由{role_name}应答",
    ),
    "nobody_answers": ("nobody who answers is on duty: {because}", "应答人员都不在岗：{because}"),
    "nobody_holds": ("no post of the grid answers for it: nobody holds one", "本网格没有可应答的岗位：无人任职"),
    "no_grid": ("no grid holds the point", "没有网格包含该点"),
    # whose an event is
    "duty_leads": ("the duty leads", "按职责行牵头"),
    "leads_differ": (
        "{lead} leads on {grid}, but {other} on {beside}", "{grid} 由{lead}牵头，而 {beside} 由{other}牵头",
    ),
    "leads_and_nobody": ("{lead} leads on {grid}, but nobody on {beside}", "{grid} 由{lead}牵头，而 {beside} 无人牵头"),
    "no_lead_here": ("no duty leads on the matter here", "此处该事项无人牵头"),
    "nobody_on_duty": ("nobody of the grid is on duty", "本网格无人在岗"),
    "last_resort_of": ("owner of last resort of {area}", "{area} 的兜底单位（属地兜底）"),
    "last_resort_everywhere": ("owner of last resort of everywhere", "全域的兜底单位（属地兜底）"),
    "last_resort_not_named": ("no owner of last resort is named for the area", "该区域没有指定兜底单位"),
    "no_line_holds": ("no line of the matter holds here", "该事项没有职责行适用于此处"),
    "not_in_tables": ("{kind} {code} is in no code table in force", "现行编码表中没有{kind_name} {code}"),
    "no_matter": ("no matter was given", "没有给出事项"),
    "one_grid": ("it lies in one grid", "位于一个网格内"),
    "several_grids": ("it is or may be on {count} grids: {grids}", "位于或可能位于 {count} 个网格：{grids}"),
    "outside": ("no grid holds it", "不在任何网格内"),
    # where an open case would go
    "point_outside": ("the point lies in no grid of the new edition", "该点不在新版本的任何网格内"),
    "owner_changes": ("the grid stays {grid}, its owner changes", "网格仍为 {grid}，责任单位变更"),
    "near_border": (
        "the point lies in {grid}, nearer to its border than the position is exact",
        "该点位于 {grid}，但离边界的距离小于定位精度",
    ),
    "took_nothing": (
        "the point lies in {grid}, which took no ground of {old}", "该点位于 {grid}，而它没有接收 {old} 的范围",
    ),
    "took_share": (
        "the point lies in {grid}, which took {share:.0%} of the ground of {old}",
        "该点位于 {grid}，它接收了 {old} {share:.0%} 的范围",
    ),
    "point_inside": ("the point lies in {grid}", "该点位于 {grid}"),
})  # fmt: skip
"""Code → English, Chinese; values in braces."""


@dataclass(frozen=True)
class Said:
    """A reason: a code of SENTENCES and what belongs into it; a value may be a reason itself."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str = ENGLISH) -> str:
        told = {name: value.text(language) if isinstance(value, Said) else value for name, value in self.values.items()}
        return SENTENCES[self.code][language == CHINESE].format(**told)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        told = {name: value.to_dict() if isinstance(value, Said) else value for name, value in self.values.items()}
        return {"code": self.code, "values": told}


def text_of(said: Iterable[Said], language: str = ENGLISH) -> str:
    """Several reasons, one after another."""
    return ("；" if language == CHINESE else "; ").join(each.text(language) for each in said)


def read_said(kept: Iterable[Mapping[str, Any]]) -> tuple[Said, ...]:
    """Reasons as they were kept; none of a code that is not known."""
    return tuple(Said(each["code"], _values(each["values"])) for each in kept if each["code"] in SENTENCES)


def _values(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: Said(value["code"], _values(value["values"])) if isinstance(value, Mapping) else value
        for name, value in kept.items()
    }
