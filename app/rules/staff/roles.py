"""Roles of posts: the standard ones with the words that lists use for them; every other word is a role of the place."""

from __future__ import annotations

from app.errors import InputError

CHIEF = "grid_chief"
WORDS: dict[str, tuple[str, ...]] = {
    CHIEF: ("网格长", "grid chief", "chief"),
    "grid_member": ("网格员", "专职网格员", "grid member", "member"),
    "municipal_worker": ("市政", "市政人员", "市政员", "municipal worker", "municipal"),
    "sanitation_worker": ("环卫", "环卫工人", "环卫员", "保洁员", "sanitation worker", "sanitation"),
    "law_enforcer": ("执法", "执法队员", "执法人员", "执法员", "law enforcer", "law enforcement"),
    "supervisor": ("监督员", "supervisor"),
    "party_member": ("党员", "party member"),
    "social_worker": ("社工", "社会工作者", "social worker"),
    "volunteer": ("志愿者", "volunteer"),
}
"""Standard role → what lists call it, its own name first; also the order in which a roster names them."""
LONGEST = 40
LOCAL_LOAD = 1.0
_BY_WORD = {word: code for code, words in WORDS.items() for word in (code, *words)}


def role_of(word: str) -> str:
    """The code of a role: a standard one for its words, in any case, else the word itself as a local role.

    Raises InputError for an empty or overlong word.
    """
    folded = " ".join(word.split())
    if not folded or len(folded) > LONGEST:
        raise InputError(f"a role is a word of 1 to {LONGEST} characters")
    return _BY_WORD.get(folded.casefold().replace("_", " "), _BY_WORD.get(folded.casefold(), folded))


def name_of(role: str) -> str:
    """What people call a role: a local one is its own name."""
    return WORDS.get(role, (role,))[0]


def rank(role: str) -> tuple[int, str]:
    """Sorts roles: the chief first, the other standard ones in their order, then local ones by name."""
    order = list(WORDS)
    return (order.index(role) if role in WORDS else len(order), role)
