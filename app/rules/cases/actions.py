"""The stages of a case and the actions that lead from one to the next."""

from __future__ import annotations

from dataclasses import dataclass

BEGINNING = ""
COLLECTION, FILING, DISPATCH, HANDLING = "collection", "filing", "dispatch", "handling"
FEEDBACK, CLOSING, EVALUATION = "feedback", "closing", "evaluation"
EVALUATED, REJECTED, MERGED = "evaluated", "rejected", "merged"
STAGES = {
    COLLECTION: "信息采集",
    FILING: "案卷建立",
    DISPATCH: "任务派遣",
    HANDLING: "任务处理",
    FEEDBACK: "处理反馈",
    CLOSING: "核查结案",
    EVALUATION: "综合评价",
    EVALUATED: "已评价",
    REJECTED: "不予立案",
    MERGED: "已合并",
}
OPEN = frozenset({COLLECTION, FILING, DISPATCH, HANDLING, FEEDBACK, CLOSING})
CLOSED = frozenset({EVALUATION, EVALUATED})
ENDED = frozenset({REJECTED, MERGED})
HELD = frozenset({DISPATCH, HANDLING})


@dataclass(frozen=True)
class Action:
    """`stages`: where it may be taken; `leads_to`: the stage after it, the same one without."""

    name: str
    stages: frozenset[str]
    leads_to: str | None = None
    reason: bool = False
    receiver: bool = False
    until: bool = False
    score: bool = False


def _at(*stages: str) -> frozenset[str]:
    return frozenset(stages)


ACTIONS: dict[str, Action] = {
    "collect": Action("采集", _at(BEGINNING), COLLECTION),
    "verify": Action("核实", _at(COLLECTION)),
    "file": Action("立案", _at(COLLECTION), FILING),
    "reject": Action("不予立案", _at(COLLECTION, FILING), REJECTED, reason=True),
    "merge": Action("合并", _at(COLLECTION, FILING), MERGED, reason=True),
    "dispatch": Action("派遣", _at(FILING), DISPATCH, receiver=True),
    "accept": Action("签收", _at(DISPATCH), HANDLING),
    "forward": Action("转派", HELD, DISPATCH, receiver=True),
    "return": Action("退回", HELD, reason=True),
    "review": Action("退回审核", _at(FILING, DISPATCH, HANDLING), reason=True),
    "request_delay": Action("申请延期", HELD, reason=True, until=True),
    "approve_delay": Action("同意延期", HELD),
    "refuse_delay": Action("不同意延期", HELD, reason=True),
    "request_suspension": Action("申请挂账", HELD, reason=True),
    "approve_suspension": Action("同意挂账", HELD),
    "refuse_suspension": Action("不同意挂账", HELD, reason=True),
    "resume": Action("恢复处理", HELD),
    "meet": Action("达成", HELD),
    "finish": Action("处理完成", _at(HANDLING), FEEDBACK),
    "report": Action("反馈", _at(FEEDBACK), CLOSING),
    "check": Action("核查", _at(CLOSING)),
    "rework": Action("返工", _at(FEEDBACK, CLOSING), HANDLING, reason=True),
    "close": Action("结案", _at(CLOSING), EVALUATION),
    "evaluate": Action("评价", _at(EVALUATION), EVALUATED, score=True),
    "reopen": Action("重新开启", CLOSED, HANDLING, reason=True),
    "whistle": Action("吹哨", OPEN - {COLLECTION}, receiver=True),
    "answer": Action("应哨", OPEN, receiver=True),
    "arrive": Action("报到", OPEN, receiver=True),
    "score_whistle": Action("哨评", OPEN | CLOSED, receiver=True, score=True),
    "warn": Action("预警", OPEN),
    "overdue": Action("超期", OPEN),
    "escalate": Action("升级", OPEN, receiver=True),
    "move": Action("划转", OPEN, receiver=True, reason=True),
    "keep_owner": Action("保留原责任人", OPEN, reason=True),
    "adjust": Action("考核更正", OPEN | CLOSED | ENDED, reason=True),
    "note": Action("备注", OPEN | CLOSED | ENDED, reason=True),
}
CLOCK = frozenset({"warn", "overdue", "escalate"})
"""Taken by the clock alone; so are `collect` and `move` by what intake and re-division do, `adjust` by an appeal."""
BY_PEOPLE = frozenset(ACTIONS) - CLOCK - {"collect", "move", "adjust"}
ALWAYS = frozenset({"note", "whistle", "answer", "arrive", "score_whistle", "keep_owner", "move", "adjust"})
"""Not held up by a suspension or a review that is due."""
