"""What could be done about a vacancy or an overload: the nearest hand first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from app.rules.sayings import Said
from app.rules.staff.roles import CHIEF
from app.rules.staff.staffing_terms import Ground, Holding, Proposal, Rule, proposal, rules_for

SLACK = 1e-9  # loads are sums of decimal fractions


class Staff:
    """Who is where, arranged for questions."""

    def __init__(
        self,
        grounds: Sequence[Ground],
        holdings: Sequence[Holding],
        rules: Sequence[Rule],
        loads: Mapping[str, float],
        most_load: float,
    ) -> None:
        self.grounds = sorted(grounds, key=lambda ground: (ground.network, ground.code))
        self.by_person: dict[int, list[Holding]] = defaultdict(list)
        self._rules = rules
        self._loads = loads
        self._most_load = most_load
        self._held: dict[tuple[str, str, str], list[Holding]] = defaultdict(list)
        self._in_network: dict[tuple[str, str], list[Holding]] = defaultdict(list)
        self._chosen: dict[tuple[str, str | None], list[Rule]] = {}
        for post in sorted(holdings, key=lambda post: post.post):
            self.by_person[post.person].append(post)
            self._held[post.network, post.grid, post.role].append(post)
            self._in_network[post.network, post.role].append(post)
        self._ground = {(ground.network, ground.code): ground for ground in grounds}
        self._load = {person: sum(post.load for post in posts) for person, posts in self.by_person.items()}

    def rules_of(self, ground: Ground) -> list[Rule]:
        key = (ground.network, ground.kind)
        if key not in self._chosen:
            self._chosen[key] = rules_for(ground, self._rules)
        return self._chosen[key]

    def on(self, ground: Ground, role: str) -> list[Holding]:
        return self._held.get((ground.network, ground.code, role), [])

    def fill(self, ground: Ground, role: str) -> Proposal:
        """From the nearest hand: a member of the grid for its chief, one too many elsewhere, somebody with time."""
        members = self.on(ground, "grid_member") if role == CHIEF else []
        if len(members) > self._least(ground, "grid_member"):
            first = min(members, key=lambda post: (post.since, post.post))
            return proposal("promote", Said("member_promoted"), first.person, first.post, ground.code)
        spare = [post for post in self._in_network.get((ground.network, role), ()) if self._is_spare(post)]
        if spare:
            nearest = min(spare, key=lambda post: (not self._same_area(post, ground), post.post))
            code = "spare_in_area" if self._same_area(nearest, ground) else "spare_in_network"
            return proposal("move", Said(code, {"grid": nearest.grid}), nearest.person, nearest.post, nearest.grid)
        return self._share(ground, role)

    def relieve(self, posts: Sequence[Holding]) -> Proposal:
        """Hand over the post begun last, to a colleague of the same role with time, else to somebody new."""
        last = max(posts, key=lambda post: (post.since, post.post))
        ground = Ground(last.network, last.grid, None, self._area(last))
        taker = self._with_time(ground, last.role, last.load, besides=last.person)
        if taker is None:
            return proposal("hand_over", Said("nobody_has_time"), None, last.post, last.grid)
        return proposal(
            "hand_over", Said("colleague_has_time", {"grid": taker.grid}), taker.person, last.post, last.grid
        )

    def _share(self, ground: Ground, role: str) -> Proposal:
        taker = self._with_time(ground, role, self._loads.get(role, 1.0))
        if taker is None:
            return proposal("appoint", Said("nobody_to_spare"))
        return proposal("share", Said("time_for_second", {"grid": taker.grid}), taker.person, taker.post, taker.grid)

    def _with_time(self, ground: Ground, role: str, load: float, besides: int | None = None) -> Holding | None:
        free = [
            post
            for post in self._in_network.get((ground.network, role), ())
            if post.person != besides
            and post.grid != ground.code
            and self._load[post.person] + load <= self._most_load + SLACK
        ]
        key = lambda post: (not self._same_area(post, ground), self._load[post.person], post.post)  # noqa: E731
        return min(free, key=key, default=None)

    def _is_spare(self, post: Holding) -> bool:
        ground = self._ground.get((post.network, post.grid))
        if ground is None:
            return True
        least = max(1, self._least(ground, post.role))
        return len(self.on(ground, post.role)) > least and self.on(ground, post.role)[-1] is post

    def _least(self, ground: Ground, role: str) -> int:
        return next((rule.least for rule in self.rules_of(ground) if rule.role == role), 0)

    def _area(self, post: Holding) -> str | None:
        ground = self._ground.get((post.network, post.grid))
        return ground.area if ground else None

    def _same_area(self, post: Holding, ground: Ground) -> bool:
        return ground.area is not None and self._area(post) == ground.area
