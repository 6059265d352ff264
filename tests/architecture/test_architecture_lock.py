"""The lock files fit pyproject.toml: every dependency, at a version it allows, with hashes and no address."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKED = re.compile(
    r"^([a-z0-9-]+)==(\S+)(?: ; [^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


LOCKS = {"requirements.lock": ("dev",), "bench/requirements.lock": ("bench",)}


def _locked(text: str) -> dict[str, list[str]]:
    """Name → versions; several where they depend on the machine."""
    versions: dict[str, list[str]] = {}
    for name, version, _ in LOCKED.findall(text):
        versions.setdefault(name, []).append(version)
    return versions


@pytest.mark.parametrize("file", LOCKS)
def test_nothing_but_versions_and_hashes(texts: dict[str, str], file: str) -> None:
    assert LOCKED.sub("", texts[file]) == ""


@pytest.mark.parametrize("file", LOCKS)
def test_fits_pyproject(texts: dict[str, str], file: str) -> None:
    declared = tomllib.loads(texts["pyproject.toml"])["project"]
    extras = [line for extra in LOCKS[file] for line in declared["optional-dependencies"][extra]]
    locked = _locked(texts[file])
    outdated = [
        str(requirement)
        for requirement in map(Requirement, declared["dependencies"] + extras)
        if not (versions := locked.get(canonicalize_name(requirement.name)))
        or not all(requirement.specifier.contains(version) for version in versions)
    ]
    assert outdated == [], "run `make lock`"


def test_peers_meet_the_product_as_it_is_installed(texts: dict[str, str]) -> None:
    product, peers = (_locked(texts[file]) for file in LOCKS)
    assert {name: peers[name] for name in product.keys() & peers.keys() if peers[name] != product[name]} == {}
