"""Words that do not belong into the checkout, and names that say nothing."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

EMPTY_NAMES = re.compile(r"^(.*_)?(util|utils|utilities|helper|helpers|manager|managers|common|misc|stuff)$")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
REGISTRIES = re.compile(
    r"py" + r"pi\.org|python" + r"hosted|registry\.np" + r"mjs|(deb|security)\.deb" + r"ian|arti" + r"factory"
)
OF_ONE_MACHINE = re.compile(r"(?<![\w.-])/(work/(main|shared|notes)|home/[a-z]|root/|Users/[A-Za-z])")
FLOORS = ("api", "services", "store", "models", "cli")
VERBS = {"app/cli/networks/check.py", "app/cli/networks/sample.py"}  # commands whose name the contract fixes


def mentions(texts: dict[str, str], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("pattern", [UNFINISHED, OF_ONE_MACHINE], ids=["unfinished", "paths of one machine"])
def test_not_in_the_checkout(texts: dict[str, str], pattern: re.Pattern[str]) -> None:
    code = {name: text for name, text in texts.items() if not name.startswith("data/")}
    assert mentions(code, pattern) == []


def test_no_addresses_of_registries(texts: dict[str, str]) -> None:
    """Lock files and settings work with whatever registry the machine is set up for."""
    assert mentions(texts, REGISTRIES) == []


def test_names_of_modules_say_what_is_in_them(texts: dict[str, str]) -> None:
    stems = {name: PurePosixPath(name).stem for name in texts if name.endswith((".py", ".ts", ".tsx"))}
    assert [name for name, stem in stems.items() if EMPTY_NAMES.match(stem.lower())] == []


def test_same_noun_same_file_name(texts: dict[str, str]) -> None:
    """No floor says `network` where another says `networks`."""
    spellings: dict[str, set[str]] = {}
    for name in texts:
        path = PurePosixPath(name)
        if path.suffix == ".py" and path.parts[0] == "app" and path.parent.name in FLOORS and name not in VERBS:
            spellings.setdefault(path.stem.replace("_", "").removesuffix("s"), set()).add(path.stem)
    assert {noun: names for noun, names in spellings.items() if len(names) > 1} == {}
