"""The chain: every row holds the hash of the one before and of what it says itself, so that no row can be changed,
taken out or put in between without every later hash being wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True)
class Link:
    """A row as it is stored: `content` is all that it says."""

    number: int
    previous_hash: str
    hash: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row."""

    number: int
    what: str


@dataclass
class Walk:
    """A chain walked a row at a time, from the first on. `heads`: number → hash, said elsewhere, that the chain must
    still have: without them nobody sees that its end was cut off."""

    heads: Mapping[int, str]
    length: int = 0
    head: str = GENESIS

    def step(self, link: Link) -> list[Fault]:
        """What is wrong with the next row."""
        found = []
        if link.number != self.length + 1:
            found.append(Fault(link.number, f"follows {self.length}: a row is missing or put in"))
        if link.previous_hash != self.head:
            found.append(Fault(link.number, "does not hold the hash of the row before"))
        if link.hash != hash_of(link.previous_hash, link.content):
            found.append(Fault(link.number, "its content is not what its hash was made of"))
        if self.heads.get(link.number, link.hash) != link.hash:
            found.append(Fault(link.number, "the audit trail has another hash for it"))
        self.length, self.head = link.number, link.hash
        return found

    def end(self) -> list[Fault]:
        """What is missing after the last row."""
        return [Fault(number, "is missing: the chain is shorter than it was") for number in sorted(self.heads)
                if number > self.length]  # fmt: skip


def walk(links: Iterable[Link], heads: Mapping[int, str] | None = None) -> list[Fault]:
    """All that is wrong with a whole chain; nothing when it is whole."""
    walking = Walk(heads or {})
    found = [fault for link in links for fault in walking.step(link)]
    return [*found, *walking.end()]


def hash_of(previous: str, content: Mapping[str, Any]) -> str:
    """SHA-256 over the hash before and the canonical content, as 64 hexadecimal digits."""
    return hashlib.sha256(f"{previous}\n{canonical(content)}".encode()).hexdigest()


def canonical(content: Mapping[str, Any]) -> str:
    """One text for one content: JSON with sorted names, no blanks, characters as they are. NaN is refused."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
