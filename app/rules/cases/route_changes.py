"""How two routes of one event differ, and what caused it: an edition, a duty line, a roster, a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Trace = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """`cause`: edition, position, matter, duty, layers, roster, calendar, last resort, or moment."""

    what: str
    before: Any
    after: Any
    cause: str
    why: str


def differences(old: Trace, new: Trace) -> list[Difference]:
    """What two routes of one event do not have in common, each with its cause; none where they are the same."""
    rules = (_of_grid, _of_matter, _of_duty, _of_owner, _of_person, _of_deadlines)
    return [each for rule in rules for each in rule(old, new)]


def _said(what: str, values: Sequence[Any], cause: tuple[str, str]) -> Difference:
    return Difference(what, values[0], values[1], *cause)


def _found(trace: Trace) -> dict[str, Any] | None:
    """The grid that the event goes by: of the unified network, else the first."""
    grids = trace["grids"]
    return next((grid for grid in grids if grid["network"] == "unified"), next(iter(grids), None))


def _of_grid(old: Trace, new: Trace) -> Iterator[Difference]:
    before, after = _found(old), _found(new)
    for what, name in (("edition", "edition"), ("grid", "code")):
        said = [each and each[name] for each in (before, after)]
        if said[0] != said[1]:
            yield _said(what, said, _cause_of_place(old, new))
    levels = (old["ladder"]["begins"], new["ladder"]["begins"])
    if levels[0] != levels[1]:
        yield _said("ladder", levels, _cause_of_place(old, new))
    if old["area"] != new["area"]:
        yield _said("area", (old["area"], new["area"]), _cause_of_place(old, new))


def _of_matter(old: Trace, new: Trace) -> Iterator[Difference]:
    names = ("code", "table", "name")
    before, after = ([trace["matter"].get(name) for name in names] for trace in (old, new))
    if before != after:
        yield _said("matter", (before, after), ("matter", "the code tables say otherwise"))


def _of_duty(old: Trace, new: Trace) -> Iterator[Difference]:
    lines = [(trace["duty"].get("duty") or {}).get("number") for trace in (old, new)]
    leads = [trace["duty"].get("lead") for trace in (old, new)]
    said = [(trace["duty"].get("duty") or {}) for trace in (old, new)]
    if lines[0] != lines[1]:
        yield _said("duty", lines, _cause_of_duty(old, new))
    if leads[0] != leads[1]:
        yield _said("lead", leads, _cause_of_duty(old, new))
    if lines[0] == lines[1] and leads[0] == leads[1] and said[0] != said[1]:
        changed = sorted(name for name in said[0] if said[0][name] != said[1].get(name))
        before, after = ({name: duty.get(name) for name in changed} for duty in said)
        yield _said("duty", (before, after), _cause_of_duty(old, new))


def _of_owner(old: Trace, new: Trace) -> Iterator[Difference]:
    before, after = (trace["owner"]["department"] for trace in (old, new))
    if before == after:
        return
    if old["duty"].get("lead") != new["duty"].get("lead"):
        yield _said("owner", (before, after), _cause_of_duty(old, new))
    elif old["area"] != new["area"] or old["ladder"]["among"] != new["ladder"]["among"]:
        yield _said("owner", (before, after), _cause_of_place(old, new))
    else:
        yield _said("owner", (before, after), ("last resort", "another owner of last resort is named"))


def _of_person(old: Trace, new: Trace) -> Iterator[Difference]:
    names = ("post", "person", "role", "on_duty", "stands_in")
    answers = [trace["roster"]["answers"] for trace in (old, new)]
    before, after = ({name: each[name] for name in names} if each else None for each in answers)
    if before == after and old["roster"]["substitute"] == new["roster"]["substitute"]:
        return
    grids = [(_found(trace) or {}).get("code") for trace in (old, new)]
    told = [before, after] if before != after else [trace["roster"]["substitute"] for trace in (old, new)]
    what = "person" if before != after else "substitute"
    if grids[0] != grids[1]:
        yield _said(what, told, _cause_of_place(old, new))
    elif old["roster"]["role"] != new["roster"]["role"]:
        yield _said(what, told, _cause_of_duty(old, new))
    elif old["at"] != new["at"]:
        yield _said(what, told, ("moment", "another moment: other shifts and leaves"))
    else:
        yield _said(what, told, ("roster", "posts, shifts or leaves are known otherwise"))


def _of_deadlines(old: Trace, new: Trace) -> Iterator[Difference]:
    before, after = (trace["deadlines"]["limits"] for trace in (old, new))
    if before == after:
        return
    limits = [[limit["limit"] for limit in each] for each in (before, after)]
    if limits[0] != limits[1]:
        yield _said("deadlines", (before, after), _cause_of_duty(old, new))
    elif old["deadlines"]["from"] != new["deadlines"]["from"]:
        yield _said("deadlines", (before, after), ("moment", "counted from another moment"))
    else:
        yield _said("deadlines", (before, after), ("calendar", "the working calendar is another"))


def _cause_of_place(old: Trace, new: Trace) -> tuple[str, str]:
    editions = [(_found(trace) or {}).get("edition") for trace in (old, new)]
    if editions[0] != editions[1]:
        return "edition", f"edition {editions[1]} holds instead of {editions[0]}"
    if old["area"] != new["area"]:
        return "layers", "a layer of areas says otherwise"
    return "position", "the place is another"


def _cause_of_duty(old: Trace, new: Trace) -> tuple[str, str]:
    """A change of the lines themselves, else what they were asked about."""
    before, after = (trace["duty"].get("versions", {}) for trace in (old, new))
    changed = sorted(number for number in before.keys() | after.keys() if before.get(number) != after.get(number))
    if changed:
        return "duty", f"duty lines were added, ended or changed: {', '.join(changed[:5])}"
    if old["matter"] != new["matter"]:
        return "matter", "the code tables say otherwise"
    places = [[(grid["network"], grid["code"], grid["kind"]) for grid in trace["grids"]] for trace in (old, new)]
    if places[0] != places[1] or old["area"] != new["area"]:
        return _cause_of_place(old, new)
    if old.get("component") != new.get("component") or old["evidence"] != new["evidence"]:
        return "layers", "roads, zones or objects are known otherwise"
    return "moment", "the duty holds at other hours, or the object was claimed"
