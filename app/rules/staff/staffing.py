"""Whether every grid has the staff that its kind asks for, whether anybody has too much, and what could be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.rules.sayings import Said
from app.rules.staff.staffing_proposals import SLACK, Staff
from app.rules.staff.staffing_terms import (
    Double,
    Findings,
    Ground,
    Holding,
    Overload,
    Rule,
    Stray,
    Surplus,
    Vacancy,
    proposal,
)

MOST_LOAD = 1.0


def audit(
    grounds: Sequence[Ground],
    holdings: Sequence[Holding],
    rules: Sequence[Rule],
    loads: Mapping[str, float],
    most_load: float = MOST_LOAD,
) -> Findings:
    """Everything that breaks a rule, in the order of networks, grids and roles; each with one proposal.

    `loads`: role → load of a post in it. Two rules of equal precision for one role and grid: the stricter `least`
    and `most` hold. Proposals never take a grid below its own rules nor a person above `most_load`; each looks at the
    staff as they are, not at what the other proposals would make of them.
    """
    staff = Staff(grounds, holdings, rules, loads, most_load)
    found = Findings()
    for ground in staff.grounds:
        for rule in staff.rules_of(ground):
            held = staff.on(ground, rule.role)
            if len(held) < rule.least:
                proposal = staff.fill(ground, rule.role)
                where = (ground.network, ground.code, ground.kind, rule.role)
                found.vacancies.append(Vacancy(*where, rule.least, len(held), proposal))
            if rule.most is not None and len(held) > rule.most:
                found.surpluses.append(_surplus(ground, rule, held))
    for person, posts in sorted(staff.by_person.items()):
        load = sum(post.load for post in posts)
        numbers = tuple(post.post for post in posts)
        if len(posts) > 1:
            networks = tuple(sorted({post.network for post in posts}))
            found.doubles.append(Double(person, numbers, networks, round(load, 6)))
        if load > most_load + SLACK:
            proposal = staff.relieve(posts)
            found.overloads.append(Overload(person, round(load, 6), most_load, numbers, proposal))
    known = {(ground.network, ground.code) for ground in grounds}
    lost = (post for post in holdings if (post.network, post.grid) not in known)
    found.strays.extend(Stray(post.post, post.network, post.grid) for post in lost)
    return found


def _surplus(ground: Ground, rule: Rule, held: Sequence[Holding]) -> Surplus:
    """Who came last goes, so that the ground keeps who knows it longest."""
    last = max(held, key=lambda post: (post.since, post.post))
    said = Said("too_many", {"held": len(held), "most": rule.most})
    where = (ground.network, ground.code, ground.kind, rule.role, rule.most or 0, tuple(post.post for post in held))
    return Surplus(*where, proposal("end", said, last.person, last.post, ground.code))
