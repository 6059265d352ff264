"""A route's trace: the choice of the duty as it is kept, and the whole in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.rules.duties.duty_choice import Choice, told

Trace = Mapping[str, Any]
BEATEN = ("number", "code", "scope", "lead")


def described_choice(choice: Choice, versions: Mapping[str, int]) -> dict[str, Any]:
    """The choice as a trace keeps it: lines that hold elsewhere only by number. `versions`: number → version of every
    line that speaks of the matter, by which a later change of the lines is seen."""
    losers = [loser for loser in choice.losers if loser.rule != "place"]
    return {
        "lead": choice.lead or None,
        "why": None if choice.duty else "no line of the matter holds here",
        "duty": None if choice.duty is None else told(choice.duty),
        "tied": [_short(told(duty)) for duty in choice.tied],
        "losers": [{**_short(told(loser.duty)), "rule": loser.rule, "why": loser.why} for loser in losers],
        "elsewhere": [loser.duty.number for loser in choice.losers if loser.rule == "place"],
        "candidates": list(choice.candidates),
        "versions": dict(versions),
    }


def words(trace: Trace) -> list[str]:
    """What a trace says, a sentence for each step: point, grid, duty, losers, ladder, roster, deadline, owner."""
    return [*_point(trace), *_grid(trace), *_duty(trace), *_people(trace), *_due(trace)]


def _short(duty: Mapping[str, Any]) -> dict[str, Any]:
    return {name: duty[name] for name in BEATEN}


def _point(trace: Trace) -> Iterator[str]:
    asked, point = trace["asked"], trace["point"]
    shift = f" in {asked['crs']}" if asked["crs"] != "wgs84" else ""
    moved = f", in WGS 84 ({point['lon']:.6f}, {point['lat']:.6f})" if shift else ""
    off = f", exact to {point['uncertainty_m']:g} m" if point["uncertainty_m"] else ""
    yield f"The point is ({asked['lon']:g}, {asked['lat']:g}){shift}{moved}{off}; the moment {trace['at']}."


def _grid(trace: Trace) -> Iterator[str]:
    if not trace["grids"]:
        near = trace["nearest"]
        beside = f"; the nearest is {near['code']} of {near['network']}, {near['distance_m']:g} m away" if near else ""
        yield f"No grid holds it{beside}."
    for grid in trace["grids"]:
        runner = grid["runner_up"]
        next_to = f", {runner['code']} is next ({runner['distance_m']:g} m)" if runner else ""
        said = f"{grid['network']}: grid {grid['code']} of edition {grid['edition']}"
        sure = "; ambiguous" if grid["ambiguous"] else ""
        yield f"{said}, {grid['border_m']:g} m from its border{next_to}{sure}."
    yield from (f"Warning: {warning}." for warning in trace["warnings"])
    ladder = trace["ladder"]
    if ladder["level"]:
        yield f"It begins at the {ladder['begins']}: {ladder['why']}."


def _duty(trace: Trace) -> Iterator[str]:
    matter, duty, component = trace["matter"], trace["duty"], trace.get("component")
    named = f"{matter['kind']} {matter['code']} {matter.get('name') or ''}".strip()
    if component:
        owner = component["owner"] or "not known"
        yield f"The object is {component['name']}, {component['distance_m']:g} m away, owner {owner}."
    if named_object := trace.get("object"):
        title = f" ({named_object['title']})" if named_object["title"] else ""
        yield f"It is about {named_object['name']}{title}, owner {named_object['owner'] or 'not known'}."
    if duty.get("duty") is None:
        yield f"No duty leads on {named or 'it'}: {duty['why']}."
    else:
        line = duty["duty"]
        yield f"Duty {line['number']} ({line['code']}, {line['scope']}) leads on {named}: {duty['lead']}."
    yield from (f"Duty {loser['number']} of {loser['lead']} loses: {loser['why']}." for loser in duty.get("losers", ()))
    if duty.get("elsewhere"):
        yield f"{len(duty['elsewhere'])} more lines of the matter hold elsewhere."
    if duty.get("candidates"):
        yield f"The object's owner is not known; candidates: {', '.join(duty['candidates'])}."
    yield f"Owner: {trace['owner']['department']}, because {trace['owner']['why']}."


def _people(trace: Trace) -> Iterator[str]:
    roster = trace["roster"]
    answers = roster["answers"]
    if answers:
        yield f"Post {answers['post']} ({answers['role']}) answers: {roster['why']}; {answers['reason']}."
    if not answers or not answers["on_duty"]:
        yield f"{roster['why']}; {roster['fallback']['department']} answers: {roster['fallback']['why']}."


def _due(trace: Trace) -> Iterator[str]:
    deadlines = trace["deadlines"]
    if not deadlines["limits"]:
        yield "No time limit is set."
    for limit in deadlines["limits"]:
        until = f"due {limit['due_at']}" if "due_at" in limit else f"not counted: {limit['problem']}"
        yield f"{limit['limit']} from {deadlines['from']}: {until}."
