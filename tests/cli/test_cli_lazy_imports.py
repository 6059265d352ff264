"""Modules that wait: what counts as asking for something, once for all threads, and an error as often as it is met."""

from __future__ import annotations

import gc
import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from app.cli import lazy_imports

Make = Callable[[str], ModuleType]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A module of this code, imported as commands import: it notes each time that it runs in `sys.ran`."""
    monkeypatch.setattr(sys, "meta_path", sys.meta_path[:])
    monkeypatch.setattr(sys, "ran", [], raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(lazy_imports, "OTHERS", frozenset({"waits", "waits_too"}))
    lazy_imports.install()

    def written(code: str, name: str = "waits") -> ModuleType:
        (tmp_path / f"{name}.py").write_text(f"import sys\nsys.ran.append({name!r})\n{code}\n")
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield written
    for name in ("waits", "waits_too"):
        sys.modules.pop(name, None)


def ran() -> list[str]:
    return sys.ran  # type: ignore[attr-defined]


def test_a_module_runs_when_something_is_asked_of_it(make: Make) -> None:
    module = make("value = 7")
    assert importlib.import_module("waits") is module
    assert isinstance(module, ModuleType)
    assert ran() == []
    assert (module.value, module.value, ran()) == (7, 7, ["waits"])
    assert type(module) is ModuleType
    with pytest.raises(AttributeError):
        _ = module.other


def test_by_name_it_runs_at_once(make: Make) -> None:
    make("value = 7")
    space: dict[str, object] = {}
    exec("from waits import value", space)
    assert (space["value"], ran()) == (7, ["waits"])


def test_threads_that_ask_together_run_it_once_and_see_it_whole(make: Make) -> None:
    module = make("import threading\nfor _ in range(200_000): pass\nvalue = 7")
    together, seen = threading.Barrier(8), []

    def ask() -> None:
        together.wait()
        seen.append(module.value)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen, ran()) == ([7] * 8, ["waits"])


def test_two_that_import_each_other(make: Make) -> None:
    make("import waits\nvalue = 3\ndef both(): return value + waits.value", "waits_too")
    module = make("import waits_too\nvalue = 4")
    assert sys.modules["waits_too"].both() == 7
    assert sorted(ran()) == ["waits", "waits_too"]
    assert module.waits_too is sys.modules["waits_too"]


def test_an_error_is_met_by_everybody_who_asks(make: Make) -> None:
    module = make("raise OSError('no disk')")
    for _ in range(2):
        with pytest.raises(OSError, match="no disk"):
            _ = module.value
    assert ran() == ["waits", "waits"]


def test_a_server_loads_all_that_waits_and_imports_as_ever(make: Make) -> None:
    make("value = 7")
    lazy_imports.uninstall()
    assert ran() == ["waits"]
    make("value = 8", "waits_too")
    assert ran() == ["waits", "waits_too"]


def test_the_collector_is_as_it_was() -> None:
    try:
        with lazy_imports.without_collector(), lazy_imports.without_collector():
            assert not gc.isenabled()
        assert gc.isenabled()
        gc.disable()
        with lazy_imports.without_collector():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()
