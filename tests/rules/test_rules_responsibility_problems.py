"""Problems gathered for people: one row per matter and leads, with proposals that say why."""

from __future__ import annotations

import numpy as np

from app.rules.duties.duties import Duty, parse_scope
from app.rules.duties.matters import Matter
from app.rules.duties.responsibility import Parts, matrix
from app.rules.duties.responsibility_problems import Grids, ProblemRow, counts, problems

MATTERS = [Matter("matter", f"0600{n}", f"m{n}", "市容", "T", "T") for n in range(1, 6)]
GRIDS = Grids(["g1", "g2", "g3"], ["a1", "a1", "a2"])
SCOPES = ["area:a2", "everywhere", "grid:old/1", "grid:old/2"]
HOLDS = np.array([[0, 0, 1], [1, 1, 1], [1, 1, 0], [0, 1, 1]], dtype=bool)  # g2 and g3 lie on old grids 1 and 2


def line(number: str, code: str, lead: str, scope: str = "全域") -> Duty:
    return Duty(number, "matter", "T", code, lead, parse_scope(scope))


def rows(*duties: Duty) -> list[ProblemRow]:
    parts = Parts(3, np.arange(3), HOLDS)
    return problems(matrix(duties, MATTERS, SCOPES, parts), duties, MATTERS, SCOPES, parts, GRIDS)


def test_an_unowned_matter_goes_to_the_usual_lead_of_its_class() -> None:
    (row,) = rows(*(line(str(n), f"0600{n}", "A" if n < 4 else "B") for n in range(1, 5)))
    assert (row.problem, row.code, row.leads, row.grids, row.areas) == (
        "unowned", "06005", (), ("g1", "g2", "g3"), ("a1", "a2"),
    )  # fmt: skip
    assert [(each.action, each.lead) for each in row.proposals] == [("add", "A")]
    assert "3 other matters" in row.proposals[0].why


def test_of_two_leads_the_usual_one_is_proposed_first() -> None:
    duties = [line(str(n), f"0600{n}", "B") for n in range(1, 5)]
    (row,) = rows(*duties, line("x", "06005", "A"), line("y", "06005", "B"))
    assert (row.problem, row.leads, row.duties) == ("duplicate", ("A", "B"), ("x", "y"))
    assert [(each.action, each.lead, each.duties) for each in row.proposals] == [
        ("keep", "B", ("x",)), ("keep", "A", ("y",)),
    ]  # fmt: skip


def test_cells_are_parted_by_the_leads_that_meet_there() -> None:
    duties = [line(str(n), f"0600{n}", "B") for n in range(1, 5)]
    made = rows(
        *duties, line("w", "06005", "B"), line("1", "06005", "C", "grid:old/1"), line("2", "06005", "D", "area:a2")
    )
    assert [(row.problem, row.leads, row.grids) for row in made] == [
        ("crossed", ("B", "C"), ("g1", "g2")), ("crossed", ("B", "D"), ("g3",)),
    ]  # fmt: skip
    assert [(each.action, each.lead) for each in made[0].proposals] == [("keep", "B"), ("replace", "C")]


def test_cells_are_counted_once_per_problem() -> None:
    parts = Parts(3, np.arange(3), HOLDS)
    duties = [line("x", "06001", "A"), line("y", "06001", "B")]
    assert counts(matrix(duties, MATTERS, SCOPES, parts)) == {"unowned": 12, "duplicate": 3, "crossed": 0, "clean": 0}
