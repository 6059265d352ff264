"""What makes a password good enough: long, and not one that guessing programs try early."""

from __future__ import annotations

from zxcvbn import zxcvbn

from app.errors import InputError

SHORTEST = 10
LONGEST = 256  # argon2 takes any length; a limit keeps a megabyte of "password" from being hashed
LEAST_SCORE = 2  # of 0–4: more than 10^6 guesses (zxcvbn, Wheeler 2016)
_ESTIMATED = 72  # zxcvbn's time grows with the square of the length, and it refuses more than this


def check_password(password: str, user: str) -> None:
    """Raises InputError, saying what is wrong but never the password itself.

    Length counts; a mixture of kinds of characters is not asked for (NIST SP 800-63B, 3.1.1.2). Common passwords,
    names, dates, keyboard rows and their usual disguises are refused by zxcvbn's estimate of guesses.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(f"a password has {SHORTEST} to {LONGEST} characters")
    if user.casefold() in password.casefold() and len(password) - len(user) < SHORTEST:
        raise InputError("the password is little more than the user's name")
    if zxcvbn(password[:_ESTIMATED])["score"] < LEAST_SCORE:
        raise InputError("the password is too easy to guess: it is common, or a pattern; use several unrelated words")
