"""A route as answers show it: told from its trace alone, with the people who answer by name, masked for whoever may not
see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.rules.accounts.personal_data import mask_name, mask_phone
from app.rules.cases.route_traces import words
from app.services.staff.staff_index import StaffIndex

SHORT = ("code", "name", "network", "edition", "kind", "area", "border_m", "ambiguous", "runner_up")


@dataclass(frozen=True)
class People:
    """Who posts and numbers of a trace are, now; `plain`: names and telephone numbers as they are."""

    staff: StaffIndex
    plain: bool = False

    def contact(self, person: int | None) -> dict[str, Any] | None:
        """None for nobody; a person who was erased has neither name nor number."""
        if person is None:
            return None
        name, phone = self.staff.contacts.get(person, (None, None))
        shown = {"name": name, "phone": phone} if self.plain else {"name": mask_name(name), "phone": mask_phone(phone)}
        return {"number": person, **shown}


def answer_of(trace: dict[str, Any], people: People) -> dict[str, Any]:
    """What whoever reports an event wants to know: grid, lead, who answers and who stands in, ladder, deadlines; and
    the trace in words."""
    roster, duty = trace["roster"], trace["duty"]
    grids = trace["grids"]
    grid = next((each for each in grids if each["network"] == "unified"), next(iter(grids), None))
    answers, line = roster["answers"], duty.get("duty") or {}
    role = answers and people.staff.roles.get(answers["role"], answers["role"])
    person = people.contact(answers["person"]) if answers else None
    return {
        "grid": grid and {name: grid[name] for name in SHORT},
        "matter": trace["matter"],
        "duty": line.get("number"),
        "lead": duty.get("lead"),
        "owner": trace["owner"]["department"],
        "why": trace["owner"]["why"],
        "role": line.get("role") or None,
        "person": answers and {**answers, "role_name": role, **(person or {})},
        "substitute": people.contact(roster["substitute"]),
        "fallback": roster.get("fallback"),
        "assistants": line.get("assistants", []),
        "candidates": duty.get("candidates", []),
        "component": trace["component"],
        "object": trace.get("object"),
        "ladder": trace["ladder"],
        "deadlines": trace["deadlines"],
        "said": trace.get("said", {}),
        "words": words(trace),
    }
