from __future__ import annotations

import pytest

from app.errors import InputError
from app.rules.accounts.passwords import LONGEST, SHORTEST, check_password


@pytest.mark.parametrize(
    "password", ["copper lantern drifting", "三号桥 西边 的 老榕树 下", "x7#Kq2!vLp9w", "a" * 5 + "Tz9qR4mW2k" * 20]
)
def test_long_and_uncommon_passwords_are_taken(password: str) -> None:
    check_password(password, "wang")


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * (LONGEST + 1),
        "password123",
        "1234567890",
        "qwertyuiop",
        "aaaaaaaaaaaa",
        "P@ssw0rd!!",
        "wangfang123",
    ],
)
def test_short_common_and_patterned_passwords_are_refused_without_repeating_them(password: str) -> None:
    with pytest.raises(InputError) as refused:
        check_password(password, "wangfang")
    assert password not in str(refused.value)


def test_the_limits_are_inclusive() -> None:
    check_password("kV9#mQ2zR!"[:SHORTEST], "wang")
    with pytest.raises(InputError, match="10 to 256"):
        check_password("kV9#mQ2zR", "wang")
