"""The walls: a file of 400 lines, a function of 60."""

from __future__ import annotations

import ast
from collections.abc import Iterator

FILE_LINES = 400
FUNCTION_LINES = 60
LISTS = ("migrations/versions/",)  # a migration is one list of statements
CODE = (".py", ".ts", ".tsx", ".css", ".sh")


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files(texts: dict[str, str]) -> None:
    lengths = {
        name: text.count("\n") for name, text in texts.items() if name.endswith(CODE) and not name.startswith(LISTS)
    }
    assert len(lengths) > 50
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_functions(trees: dict[str, ast.Module]) -> None:
    too_long = {
        f"{name}:{function.lineno} {function.name}": lines
        for name, tree in trees.items()
        if not name.startswith(LISTS)
        for function in functions(tree)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }
    assert too_long == {}


def test_shell_scripts_stop_at_the_first_error(texts: dict[str, str]) -> None:
    scripts = {name: text for name, text in texts.items() if text.startswith("#!/usr/bin/env bash")}
    assert {"scripts/setup.sh", ".ci/run"} <= scripts.keys()
    assert [name for name, text in scripts.items() if "set -euo pipefail" not in text] == []
