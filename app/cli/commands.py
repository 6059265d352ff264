"""Which module has which command. A module is imported when its command is called, and what it imports when that is
used (lazy_imports.py): `onegrid --help` and `onegrid keys list` have no use for GeoPandas, SciPy and numba."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from app.cli.lazy_imports import without_collector


@dataclass(frozen=True)
class Entry:
    """A command, or a group of commands that several modules may add to, as `onegrid --help` names it.

    `place` is MODULE:NAME of a Typer app or of a function, below app.cli; `parts` are modules with an `add_to(app)`.
    """

    place: str
    help: str
    parts: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


ENTRIES: dict[str, Entry] = {
    "demo": Entry("demo:demo", "Load the sample city (Washington DC) and do the main job on it, once."),
    "check": Entry(
        "networks.check:check",
        "Check a boundary file: what is wrong, where, and what a repair would change. Nothing is stored.",
    ),
    "overlay": Entry(
        "plans.overlay:overlay",
        "Cut the ground of several networks into pieces that know their grid in each of them. Nothing is stored.",
    ),
    "divide": Entry(
        "plans.divide:divide",
        "Divide polygons into connected, compact grids near one size; every polygon is kept whole.",
    ),
    "sample": Entry("networks.sample:app", "Synthetic sample data."),
    "db": Entry("db:app", "The database: start, stop, status, upgrade, backup, restore."),
    "networks": Entry("networks.networks:app", "Grid networks and their boundaries."),
    "editions": Entry("networks.editions:app", "Editions of a network: publish, retire, roll back."),
    "layers": Entry("networks.layers:app", "Context data: areas, blocks, businesses, campuses, barriers, …"),
    "plans": Entry(
        "plans.plans:app",
        "Plans: overlay the networks, divide the ground anew, publish.",
        parts=(
            "plans.plan_division",
            "plans.plan_candidates",
            "plans.plan_edits",
            "plans.plan_judging",
            "plans.consultations",
        ),
    ),
    "matters": Entry("duties.matters:app", "Code tables of components and matters (部件和事件编码)."),
    "duties": Entry(
        "duties.duties:app",
        "Duty lists: who leads on what, where, when and by when (职责清单).",
        parts=("duties.duty_audit",),
    ),
    "departments": Entry("staff.departments:app", "Departments in their tree, and the lines they work on."),
    "staff": Entry(
        "staff.staff:app",
        "Staff: lists, posts on grids, who is on duty, what is vacant, who goes where.",
        parts=("staff.staff_transfers",),
    ),
    "posts": Entry("staff.posts:app", "Posts: who holds which role on which grid, when, and who stands in."),
    "events": Entry("cases.events:app", "Events and their cases (事件与案件).", parts=("cases.route",)),
    "scores": Entry(
        "scores.scores:app",
        "Scores of grids, people, departments and areas (考核评价).",
        parts=("scores.appeals",),
    ),
    "whistles": Entry("cases.whistles:app", "Departments called to a case by a grid, and how they came (吹哨报到)."),
    "objects": Entry("cases.objects:app", "Regulated objects and their levels (三色预警)."),
    "notices": Entry("cases.notices:app", "Prior notice of plans to departments; objections (边界调整预告)."),
    "subscriptions": Entry("cases.subscriptions:app", "Who is told of what happens, by webhook."),
    "calendars": Entry("cases.calendars:app", "Working hours of departments, holidays and 调休 (工作日历)."),
    "runs": Entry("runs:app", "Long jobs: what was asked, by whom, how it ended."),
    "users": Entry("accounts.users:app", "People who may sign in."),
    "keys": Entry("accounts.keys:app", "Keys of machines, sent as `Authorization: Bearer KEY`."),
    "lookup": Entry(
        "lookup.lookup:lookup",
        "Who owns this point: its grid in every network.",
        # A coordinate west of Greenwich starts with a minus, as options do.
        settings={"ignore_unknown_options": True},
    ),
    "route": Entry(
        "lookup.route:route", "The grids that own the points of a table: the same rows, with columns added."
    ),
    "serve": Entry(
        "serve:serve", "Serve the API and the page; a worker for runs is started beside it and kept running."
    ),
    "worker": Entry("serve:work", "Work off queued runs until told to stop."),
}
_LOADED: dict[str, Any] = {}


class LazyGroup(TyperGroup):
    """The group of all commands. Its help is made of the table above; a command called is imported first."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name, help=entry.help) for name, entry in ENTRIES.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else load(name), rest


def load(name: str) -> Any:
    """The Click command of this name, whole; imported once in a process."""
    if name not in _LOADED:
        with without_collector():
            _LOADED[name] = _made(name, ENTRIES[name])
    return _LOADED[name]


def _made(name: str, entry: Entry) -> Any:
    """Typer makes Click commands of groups only: a group of one gives the command, named and with its settings."""
    module, _, attribute = entry.place.partition(":")
    found = getattr(_module(module), attribute)
    one = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    one.callback()(_nothing)
    if isinstance(found, typer.Typer):
        for part in entry.parts:
            _module(part).add_to(found)
        one.add_typer(found, name=name, help=entry.help)
    else:
        one.command(name, context_settings=dict(entry.settings))(found)
    group: Any = typer.main.get_command(one)
    return group.commands[name]


def _module(name: str) -> Any:
    return importlib.import_module(f"app.cli.{name}")


def _nothing() -> None:
    pass
