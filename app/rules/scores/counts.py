"""What is counted: a case is in a count or not, told from its facts and a period; and who the count is put down to.

The sets nest as their indicators need: 处置 within 应处置, 结案 within 应结案, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from app.rules.scores.facts import Facts
from app.rules.scores.periods import Period
from app.rules.scores.rulebook import Rulebook

ALL = "all"
Rule = Callable[[Facts, Period, Rulebook], bool]


@dataclass(frozen=True)
class Count:
    """`bit`: its place in a case's marks, never given to another count. `groups`: what an appeal can take a case out
    of. `part`: the person it is put down to is who took that part. `meaning`: the rule in words."""

    name: str
    bit: int
    groups: tuple[str, ...]
    part: str
    meaning: str
    holds: Rule


def _reported(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.reported_at)


def _valid(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.reported_at) and facts.established_at is not None


def _verify_due(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.verify_due) and (facts.verified_at is not None or facts.ended_at is None)


def _verified_on_time(facts: Facts, period: Period, book: Rulebook) -> bool:
    return _verify_due(facts, period, book) and _by(facts.verified_at, facts.verify_due)


def _established(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.established_at)


def _established_on_time(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.established_at) and _by(facts.established_at, facts.establish_due)


def _dispatch_due(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.dispatch_due) and (facts.dispatched_at is not None or facts.ended_at is None)


def _accurate(facts: Facts, period: Period, book: Rulebook) -> bool:
    return _dispatch_due(facts, period, book) and facts.dispatched_at is not None and facts.accurate


def _dispatched_on_time(facts: Facts, period: Period, book: Rulebook) -> bool:
    return _dispatch_due(facts, period, book) and _by(facts.dispatched_at, facts.dispatch_due)


def _disposable(facts: Facts, period: Period, book: Rulebook) -> bool:
    if facts.counts_from is None:
        return False
    return period.holds(facts.dispatched_at if book.basis == "dispatched" else facts.counts_from)


def _disposed(facts: Facts, period: Period, book: Rulebook) -> bool:
    return facts.disposed_at is not None and _disposable(facts, period, book)


def _disposed_on_time(facts: Facts, period: Period, book: Rulebook) -> bool:
    return _disposed(facts, period, book) and facts.all_met and _by(facts.disposed_at, facts.due_at)


def _disposed_late(facts: Facts, period: Period, book: Rulebook) -> bool:
    return _disposed(facts, period, book) and not _disposed_on_time(facts, period, book)


def _overdue_open(facts: Facts, period: Period, book: Rulebook) -> bool:
    late = facts.due_at is not None and facts.due_at < period.end
    return facts.disposed_at is None and late and _disposable(facts, period, book)


def _delayed(facts: Facts, period: Period, book: Rulebook) -> bool:
    return facts.delayed and _disposable(facts, period, book)


def _closable(facts: Facts, period: Period, book: Rulebook) -> bool:
    if facts.counts_from is None:
        return False
    placed = facts.close_due if facts.due_at is not None else facts.counts_from
    return period.holds(facts.dispatched_at if book.basis == "dispatched" else placed)


def _closed(facts: Facts, period: Period, book: Rulebook) -> bool:
    return facts.closed_at is not None and _closable(facts, period, book)


def _closed_on_time(facts: Facts, period: Period, book: Rulebook) -> bool:
    return _closed(facts, period, book) and _by(facts.closed_at, facts.close_due)


def _reworked(facts: Facts, period: Period, book: Rulebook) -> bool:
    return facts.reworks > 0 and _closable(facts, period, book)


def _check_due(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.check_due)


def _checked_on_time(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.check_due) and _by(facts.checked_at, facts.check_due)


def _dispatched(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.dispatched_at)


def _done_on_time(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.dispatched_at) and facts.closed_at is not None and _by(facts.closed_at, facts.close_due)


def _done_late(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.dispatched_at) and facts.closed_at is not None and not _done_on_time(facts, period, book)


def _undone(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.dispatched_at) and facts.closed_at is None


def _rated(facts: Facts, period: Period, book: Rulebook) -> bool:
    return period.holds(facts.rated_at) and facts.rating is not None


def _dissatisfied(facts: Facts, period: Period, book: Rulebook) -> bool:
    return facts.rating is not None and facts.rating < book.dissatisfied_below and period.holds(facts.rated_at)


def _by(moment: datetime | None, due: datetime | None) -> bool:
    """Done, and not after its deadline; what has no deadline is never late."""
    return moment is not None and (due is None or moment <= due)


_EVERY: tuple[tuple[str, str, int, tuple[str, ...], str, str, Rule], ...] = (
    ("reported", "上报数", 0, ("reporting",), "report", "上报时间在本期", _reported),
    ("valid", "有效上报数", 1, ("reporting",), "report", "上报数中期末前已立案", _valid),
    ("verify_due", "应核实数", 2, ("verifying",), "verify", "核实时限在本期到期，核实前未终止", _verify_due),
    ("verified_on_time", "按时核实数", 3, ("verifying",), "verify", "应核实数中时限内核实", _verified_on_time),
    ("established", "立案数", 4, ("filing",), "file", "立案时间在本期", _established),
    ("established_on_time", "按时立案数", 5, ("filing",), "file", "立案数中核实后时限内立案", _established_on_time),
    ("dispatch_due", "应派遣数", 6, ("dispatching",), "dispatch", "派遣时限在本期到期，派遣前未终止", _dispatch_due),
    ("dispatched_accurately", "准确派遣数", 7, ("dispatching",), "dispatch", "应派遣数中首次派遣的部门未变", _accurate),
    ("dispatched_on_time", "按时派遣数", 8, ("dispatching",), "dispatch", "应派遣数中时限内派遣", _dispatched_on_time),
    ("disposable", "应处置数", 9, ("disposal",), "handle",
     "处置时限在本期到期(无时限的为派遣时间在本期)，未终止、未挂账", _disposable),
    ("disposed", "处置数", 10, ("disposal",), "handle", "应处置数中期末前处置完成", _disposed),
    ("disposed_on_time", "按期处置数", 11, ("disposal",), "handle", "处置数中各项时限内完成", _disposed_on_time),
    ("disposed_late", "超期处置数", 12, ("disposal",), "handle", "处置数中超过时限", _disposed_late),
    ("overdue_open", "超期未处置数", 13, ("disposal",), "handle", "应处置数中已超过时限、期末未处置", _overdue_open),
    ("delayed", "延期数", 14, ("disposal", "delay"), "handle", "应处置数中批准延期", _delayed),
    ("closable", "应结案数", 15, ("closing",), "handle",
     "结案时限(处置时限之后再加结案时限)在本期到期，未终止、未挂账", _closable),
    ("closed", "结案数", 16, ("closing",), "handle", "应结案数中期末前结案", _closed),
    ("closed_on_time", "按期结案数", 17, ("closing",), "handle", "结案数中时限内结案", _closed_on_time),
    ("reworked", "返工数", 18, ("closing", "rework"), "handle", "应结案数中返工或重新开启", _reworked),
    ("check_due", "应核查数", 19, ("checking",), "check", "反馈后核查时限在本期到期", _check_due),
    ("checked_on_time", "按时核查数", 20, ("checking",), "check", "应核查数中时限内核查", _checked_on_time),
    ("dispatched", "派遣总数", 21, ("bulletin",), "handle", "首次派遣时间在本期", _dispatched),
    ("done_on_time", "按时办结数", 22, ("bulletin",), "handle", "派遣总数中结案时限内结案", _done_on_time),
    ("done_late", "超时办结数", 23, ("bulletin",), "handle", "派遣总数中超过结案时限结案", _done_late),
    ("undone", "未办结数", 24, ("bulletin",), "handle", "派遣总数中期末未结案", _undone),
    ("rated", "评价数", 25, ("rating",), "handle", "评价时间在本期", _rated),
    ("dissatisfied", "不满意数", 26, ("rating",), "handle", "评价数中评分低于不满意线", _dissatisfied),
)  # fmt: skip
COUNTS: Mapping[str, Count] = MappingProxyType(
    {code: Count(name, bit, groups, part, meaning, rule) for code, name, bit, groups, part, meaning, rule in _EVERY}
)
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(group for count in COUNTS.values() for group in count.groups))
PARTS: tuple[str, ...] = tuple(dict.fromkeys(count.part for count in COUNTS.values()))


def marks(facts: Facts, period: Period, book: Rulebook) -> dict[str, int]:
    """Part → bits of the counts that the case is in and that are put down to whoever took the part."""
    found: dict[str, int] = {}
    if ALL in facts.excluded:
        return found
    for count in COUNTS.values():
        if facts.excluded.isdisjoint(count.groups) and count.holds(facts, period, book):
            found[count.part] = found.get(count.part, 0) | (1 << count.bit)
    return found


def is_in(mark: int, count: str) -> bool:
    """Whether marks say that their case is in a count."""
    return bool(mark >> COUNTS[count].bit & 1)
