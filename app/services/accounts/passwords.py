"""Passwords and tokens: what is kept of them, and how they are compared."""

from __future__ import annotations

import hashlib
import secrets
import string
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

AT_ONCE = 4  # each argon2 computation takes 64 MiB; without a limit a crowd at the door would take the memory
KEY_MARK = "og"
_ALPHABET = string.ascii_letters + string.digits
_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106 for little memory: 64 MiB, 3 passes, 4 lanes
_turns = BoundedSemaphore(AT_ONCE)


def hash_password(password: str) -> str:
    """argon2id hash with its own salt and parameters inside; about 50 ms of work."""
    with _turns:
        return _hasher.hash(password)


def password_fits(password: str, password_hash: str | None) -> bool:
    """Takes as long when there is no such user or no password (`password_hash` None) as when there is."""
    with _turns:
        nobody = _nobody()  # for everyone: made in the first call, which must not tell who is there either
        try:
            return _hasher.verify(password_hash or nobody, password) and password_hash is not None
        except (VerifyMismatchError, InvalidHashError):
            return False


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe())


def is_outdated(password_hash: str) -> bool:
    """Made with other parameters than today's: to be made anew when its owner signs in."""
    return _hasher.check_needs_rehash(password_hash)


def new_token() -> str:
    """256 random bits, for links and cookies."""
    return secrets.token_urlsafe(32)


def new_key() -> tuple[str, str]:
    """A key `og_<prefix>_<secret>` and its prefix. 43 characters of 62 are 256 bits."""
    prefix = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(8))
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(43))
    return f"{KEY_MARK}_{prefix}_{secret}", prefix


def digest(token: str) -> str:
    """SHA-256 in hex: enough for 256 random bits, and quick enough for every request. Never for passwords."""
    return hashlib.sha256(token.encode()).hexdigest()
