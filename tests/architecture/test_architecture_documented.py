"""What people hold on to is documented: commands, paths, settings; and links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from app.main import create_app
from app.settings import Settings
from scripts import reference

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)>\s]+)>?[^)]*\)")
FENCE = re.compile(r"```.*?```", re.DOTALL)


@pytest.fixture(scope="module")
def every_command() -> dict[str, Any]:
    return dict(reference.commands())


@pytest.fixture(scope="module")
def routes() -> dict[str, dict[str, Any]]:
    """`GET /path` → its OpenAPI operation."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in create_app(Settings()).openapi()["paths"].items()
        for method, operation in methods.items()
    }


def test_every_command_and_option_has_help(every_command: dict[str, Any]) -> None:
    assert len(every_command) > 10
    silent = [name for name, command in every_command.items() if not command.help]
    silent += [
        f"{name} {parameter.opts[0]}"
        for name, command in every_command.items()
        for parameter in command.params
        if parameter.opts[0].startswith("-") and not parameter.help
    ]
    assert silent == []


def test_every_command_speaks_json(every_command: dict[str, Any]) -> None:
    """But the two that run until they are told to stop."""
    without = [
        name for name, command in every_command.items() if not any("--json" in option.opts for option in command.params)
    ]
    assert set(without) <= {"onegrid serve", "onegrid worker"}


def test_every_route_says_what_it_does(routes: dict[str, dict[str, Any]]) -> None:
    assert len(routes) > 10
    assert [name for name, operation in routes.items() if not operation.get("description")] == []


@pytest.mark.parametrize("name", reference.PAGES)
def test_references_say_what_the_code_says(name: str, project: Path) -> None:
    assert (project / name).read_text(encoding="utf-8") == reference.PAGES[name](), "run `make docs`"


def test_every_setting_is_in_the_operations_guide(project: Path) -> None:
    text = (project / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"`ONEGRID_{name.upper()}`" not in text] == []


def test_make_help_names_the_targets(texts: dict[str, str]) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", texts["Makefile"], re.MULTILINE))
    assert {"help", "run", "test", "lint", "bench", "demo", "setup", "web", "clean"} <= targets


def test_links_between_documents_resolve(texts: dict[str, str], tracked: list[Path], project: Path) -> None:
    there = {str(file.relative_to(project)) for file in tracked}
    folders = {str(parent) for name in there for parent in Path(name).parents}
    broken = []
    for name, text in texts.items():
        if not name.endswith(".md"):
            continue
        for target in LINK.findall(FENCE.sub("", text)):
            place, _, anchor = unquote(target).partition("#")
            if re.match(r"[a-z][a-z0-9+.-]*:", place):
                continue
            aim = str((project / name).parent.joinpath(place).resolve().relative_to(project)) if place else name
            if aim not in there | folders or (anchor and aim.endswith(".md") and anchor not in anchors(texts[aim])):
                broken.append(f"{name}: {target}")
    assert broken == []


def anchors(text: str) -> set[str]:
    """Anchors of the headings, as code hosts make them."""
    headings = re.findall(r"^#+ +(.*?) *$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
