"""Modules whose code runs when something in them is first asked for: docs/decisions/0008.

A command takes a little of a few modules; those import a hundred others, and with them pandas, SciPy and numba: a
second of processor time that `onegrid plans list` has no use for. Once `install` was called, `import pandas as pd` and
`from app.services.plans import borders` give modules that wait. `from app.services.plans.borders import store` asks
for something at once: a command that can do without its service names the module instead.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

# Not app.models: its tables are known to each other only once all are loaded.
OURS = ("app.files.", "app.rules.", "app.services.", "app.spatial.", "app.store.", "app.town.", "app.worker")
OTHERS = frozenset({"geopandas", "httpx", "openpyxl", "pandas", "pyarrow", "pymetis", "pyogrio"})
NOT_LOADING = frozenset({"__class__", "__name__", "__spec__"})  # what an import of a module that is known looks at
_LOADING = threading.RLock()  # one for all: modules load each other, in an order that two threads do not agree on
_begun: set[str] = set()


def install() -> None:
    """From now on imports wait, in this process; a second call changes nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def uninstall() -> None:
    """Load all that waits, and import as ever from now on: for what runs long, in threads, and should begin ready."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    for module in [module for module in sys.modules.values() if type(module) is _Waiting]:
        _load(module)


@contextmanager
def without_collector() -> Iterator[None]:
    """Loading makes a million objects that stay; looking for garbage among them all the time takes a sixth longer."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in OTHERS and not fullname.startswith(OURS):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        if fullname in OTHERS or spec.submodule_search_locations is None:  # our packages are docstrings
            spec.loader = _LazyLoader(spec.loader)
        return spec


class _LazyLoader(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        module.__class__ = _Waiting


class _Waiting(ModuleType):
    """Loads itself whoever asks, once; another thread that asks meanwhile waits. The one of the standard library
    (importlib.util.LazyLoader) is not safe among threads before Python 3.12, and loads at a second import."""

    def __getattribute__(self, name: str) -> Any:
        if name not in NOT_LOADING:
            _load(self)
        return ModuleType.__getattribute__(self, name)


def _load(module: ModuleType) -> None:
    with _LOADING:
        name, kind = module.__name__, type(module)
        if kind is not _Waiting or name in _begun:  # another thread was first; or half loaded, in a circle
            return
        spec = module.__spec__
        assert spec is not None
        assert spec.loader is not None
        _begun.add(name)
        try:
            with without_collector():
                spec.loader.exec_module(module)
            module.__class__ = ModuleType
        finally:
            _begun.discard(name)
