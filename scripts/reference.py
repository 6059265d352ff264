"""Writes docs/paths.md, docs/commands.md and web/openapi.json from the code; `make docs` runs it, a test compares."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from app.cli.commands import ENTRIES, load
from app.main import create_app
from app.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent
MADE = "<!-- Made by `make docs` from the code: change it there. -->\n"
PREFIX = "/api/v1"


def commands() -> Iterator[tuple[str, Any]]:
    """Full name → Click command, in the order of the help."""
    for name in ENTRIES:
        yield from _below(load(name), f"onegrid {name}")


def _below(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):  # Typer has Click's classes under names of its own
        yield name, command
        return
    for child, inner in command.commands.items():
        yield from _below(inner, f"{name} {child}")


def paths_page() -> str:
    lines = [
        "# Every path",
        "",
        MADE,
        "What is sent and answered, field by field, is at `/docs` of a running OneGrid; how to use it is in the",
        "[API guide](api.md).",
    ]
    for noun, operations in groupby(_operations(), key=lambda operation: operation[0]):
        lines += ["", f"## {noun}", "", "| | |", "|---|---|"]
        lines += [f"| `{name}` | {_first_line(text)} |" for _, name, text in operations]
    return "\n".join(lines) + "\n"


def openapi_document() -> str:
    """What the page's client of the API is made from."""
    return json.dumps(create_app(Settings()).openapi(), ensure_ascii=False, indent=1) + "\n"


def _operations() -> list[tuple[str, str, str]]:
    """Noun, `METHOD path`, description; in the order of the nouns, within one in the order of the code."""
    found = []
    for path, methods in create_app(Settings()).openapi()["paths"].items():
        short = path.removeprefix(PREFIX)
        noun = "operation" if short.removeprefix("/") in ("healthz", "readyz", "metrics") else short.split("/")[1]
        for method, operation in methods.items():
            found.append((noun.replace("-", " "), f"{method.upper()} {path}", operation.get("description", "")))
    return sorted(found, key=lambda operation: operation[0])


def commands_page() -> str:
    lines = ["# Every command", "", MADE, "`.venv/bin/onegrid COMMAND --help` tells the same."]
    for name, command in commands():
        lines += ["", f"## {name}", "", " ".join((command.help or "").split())]
        shown = [parameter for parameter in command.params if "--help" not in parameter.opts]
        if shown:
            lines += ["", "| | |", "|---|---|"]
            lines += [f"| `{_spelled(parameter)}` | {_told(parameter)} |" for parameter in shown]
    return "\n".join(lines) + "\n"


def _spelled(parameter: Any) -> str:
    if not parameter.opts[0].startswith("-"):
        return str(parameter.metavar or parameter.name.upper())
    return " ".join(sorted((*parameter.opts, *parameter.secondary_opts), key=len, reverse=True))


def _told(parameter: Any) -> str:
    text = " ".join((parameter.help or "").split()).replace("|", "\\|")
    plain = isinstance(parameter.default, str | int | float) and not isinstance(parameter.default, bool)
    return f"{text} Default: `{parameter.default}`." if plain and str(parameter.default) else text


def _first_line(text: str) -> str:
    """The first paragraph, on one line."""
    return " ".join(text.split("\n\n")[0].split()).replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {
    "docs/paths.md": paths_page,
    "docs/commands.md": commands_page,
    "web/openapi.json": openapi_document,
}

if __name__ == "__main__":
    for page, make in PAGES.items():
        (PROJECT / page).write_text(make(), encoding="utf-8")
