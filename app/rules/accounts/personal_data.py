"""Who may see who somebody is; how names and numbers look to everybody else; how the erased are recognised."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

SEEING = frozenset({"events", "admin"})
"""Scopes that see names and contacts: whoever works on cases must be able to call people, admins keep the list."""


def sees_people(scopes: Collection[str]) -> bool:
    return not SEEING.isdisjoint(scopes)


def mask_name(name: str | None) -> str | None:
    """The first character and two stars, whatever the length: 张伟 and 张大伟 are both 张**."""
    return f"{name.strip()[0]}**" if name and name.strip() else None


def mask_phone(phone: str | None) -> str | None:
    """138****1234; of a number with fewer than ten digits only the last two stay."""
    if not phone:
        return None
    digits = [sign for sign in phone if sign.isdigit()]
    if len(digits) < 10:
        return "****" + "".join(digits[-2:] if len(digits) > 4 else [])
    return "".join(digits[:3]) + "****" + "".join(digits[-4:])


def mask_email(email: str | None) -> str | None:
    """The first character and the domain: w**@example.org."""
    if not email:
        return None
    local, _, domain = email.partition("@")
    return f"{local[:1]}**@{domain}"


def erased_digest(person_id: int, code: str) -> str:
    """Recognises a list that brings an erased person again; the id in it makes equal codes of two people differ."""
    return hashlib.sha256(f"{person_id}:{code}".encode()).hexdigest()
