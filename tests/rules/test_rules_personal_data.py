from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.rules.accounts.access import ROLE_SCOPES
from app.rules.accounts.personal_data import erased_digest, mask_email, mask_name, mask_phone, sees_people
from app.rules.staff.roles import WORDS, rank, role_of


@pytest.mark.parametrize(
    ("name", "phone", "email", "masked"),
    [
        ("张伟", "13812341234", "wei@city.example", ("张**", "138****1234", "w**@city.example")),
        ("欧阳大伟", "+86 138-1234-1234", None, ("欧**", "861****1234", None)),
        ("Wang Fang", "020-123456", "", ("W**", "****56", None)),
        (None, None, None, (None, None, None)),
        ("", "12", None, (None, "****", None)),
    ],
)
def test_masks(name: str | None, phone: str | None, email: str | None, masked: tuple[str | None, ...]) -> None:
    assert (mask_name(name), mask_phone(phone), mask_email(email)) == masked


@given(st.text(alphabet="0123456789", min_size=10, max_size=15))
def test_a_masked_number_hides_at_least_three_digits(phone: str) -> None:
    masked = mask_phone(phone)
    assert masked is not None
    assert len(phone) - sum(sign.isdigit() for sign in masked) >= 3
    assert phone not in masked


def test_who_works_on_cases_or_keeps_the_list_sees_people() -> None:
    assert {role for role, scopes in ROLE_SCOPES.items() if sees_people(scopes)} == {"operator", "admin"}
    assert not sees_people({"lookup", "plan"})


def test_equal_codes_of_two_people_leave_different_traces() -> None:
    assert erased_digest(1, "A7") != erased_digest(2, "A7")
    assert erased_digest(1, "A7") == erased_digest(1, "A7")


@pytest.mark.parametrize(
    ("word", "role"),
    [("网格长", "grid_chief"), (" Grid  Chief ", "grid_chief"), ("grid_chief", "grid_chief"),
     ("执法队员", "law_enforcer"), ("保洁员", "sanitation_worker"), ("文明督导员", "文明督导员"),
     ("Party Member", "party_member")],
)  # fmt: skip
def test_words_of_roles(word: str, role: str) -> None:
    assert role_of(word) == role


def test_roles_have_an_order_and_a_length() -> None:
    assert sorted([*WORDS, "楼长", "door chief"], key=rank) == [*WORDS, "door chief", "楼长"]
    for wrong in ("", "   ", "x" * 41):
        with pytest.raises(InputError):
            role_of(wrong)
