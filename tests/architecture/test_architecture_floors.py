"""What import-linter cannot see: who commits, who reads the environment, who touches files and the clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator

PURE = ("app/spatial/", "app/rules/", "app/town/")
CLOCK = {"now", "utcnow", "today", "perf_counter", "monotonic", "time_ns"}
FILES = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "read_file", "to_file", "read_csv", "to_csv"}
GLOBAL_RANDOM = {"seed", "rand", "randn", "randint", "random", "choice", "shuffle", "permutation", "normal", "uniform"}


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a chain of names, '' for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every call; the first part is '' where it is not a plain name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, dotted(node.func)


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def of_app(trees: dict[str, ast.Module], prefix: tuple[str, ...] = ("app/",)) -> dict[str, ast.Module]:
    return {name: tree for name, tree in trees.items() if name.startswith(prefix)}


def test_only_db_commits(trees: dict[str, ast.Module]) -> None:
    found = [
        f"{name}:{line} {call}()"
        for name, tree in of_app(trees).items()
        if name != "app/db.py"
        for line, call in calls(tree)
        if call.rpartition(".")[2] in {"commit", "rollback"}
        or call in {"engine.begin", "connection.begin", "session.begin"}
    ]
    assert found == []


def test_only_settings_read_the_environment(trees: dict[str, ast.Module]) -> None:
    """Setting a variable for programs that are started later is no reading."""
    found = []
    for name, tree in of_app(trees).items():
        set_here = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del)
        }
        found += [
            f"{name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and dotted(node) in {"os.environ", "os.getenv", "os.environb"}
            and id(node) not in set_here
            and name != "app/settings.py"
        ]
    assert found == []


def test_the_pure_core_opens_no_files(trees: dict[str, ast.Module]) -> None:
    found = [
        f"{name}:{line} {call}()"
        for name, tree in of_app(trees, PURE).items()
        for line, call in calls(tree)
        if call.rpartition(".")[2] in FILES
    ]
    assert found == []


def test_the_pure_core_reads_no_clock(trees: dict[str, ast.Module]) -> None:
    """`now` is an argument; a budget of time is a callable that the caller hands in."""
    found = [
        f"{name}:{line} {call}()"
        for name, tree in of_app(trees, PURE).items()
        for line, call in calls(tree)
        if call.rpartition(".")[2] in CLOCK or call == "time.time"
    ]
    assert found == []


def test_the_pure_core_has_no_global_random_state(trees: dict[str, ast.Module]) -> None:
    found = [name for name, tree in of_app(trees, PURE).items() if imported(tree) & {"random", "secrets"}]
    found += [
        f"{name}:{line} {call}()"
        for name, tree in of_app(trees, PURE).items()
        for line, call in calls(tree)
        if call.startswith(("np.random.", "numpy.random.")) and call.rpartition(".")[2] in GLOBAL_RANDOM
    ]
    assert found == []
