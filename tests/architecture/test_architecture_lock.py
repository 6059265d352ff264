"""requirements.lock fits pyproject.toml: every dependency, at a version it allows, with hashes and no address."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKED = re.compile(
    r"^([a-z0-9-]+)==(\S+)(?: ; [^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


@pytest.fixture(scope="module")
def locked(texts: dict[str, str]) -> dict[str, list[str]]:
    """Name → versions; several where they depend on the machine."""
    versions: dict[str, list[str]] = {}
    for name, version, _ in LOCKED.findall(texts["requirements.lock"]):
        versions.setdefault(name, []).append(version)
    return versions


def test_nothing_but_versions_and_hashes(texts: dict[str, str]) -> None:
    assert LOCKED.sub("", texts["requirements.lock"]) == ""


def test_fits_pyproject(texts: dict[str, str], locked: dict[str, list[str]]) -> None:
    declared = tomllib.loads(texts["pyproject.toml"])["project"]
    wanted = [Requirement(line) for line in declared["dependencies"] + declared["optional-dependencies"]["dev"]]
    outdated = [
        str(requirement)
        for requirement in wanted
        if not (versions := locked.get(canonicalize_name(requirement.name)))
        or not all(requirement.specifier.contains(version) for version in versions)
    ]
    assert outdated == [], "run `make lock`"
