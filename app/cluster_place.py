"""Where the private cluster lives, which PostgreSQL runs it, and as which user of the machine."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.errors import Conflict, Unavailable

SERVER_USERS = ("postgres", "onegrid")  # who may run the server when we are root, in order of preference
SYSTEM_HOME = Path("/var/lib/onegrid")  # for checkouts in a folder that the server's user cannot enter
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 103  # sun_path holds 107 bytes on Linux, 103 on macOS
BINARY_GLOBS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat
    "/opt/homebrew/opt/postgresql*/bin",  # Homebrew on Apple silicon
    "/usr/local/opt/postgresql*/bin",  # Homebrew on Intel
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
INSTALL_REMEDY = "`make setup` installs it, or set ONEGRID_DATABASE_URL to a server that has PostGIS"


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL that has PostGIS."""

    folder: Path
    major: int

    def __getitem__(self, program: str) -> str:
        return str(self.folder / program)


@dataclass(frozen=True)
class Place:
    """Folders of one cluster and the user of the machine who owns them and runs the server."""

    home: Path
    sockets: Path
    owner: str

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def socket(self) -> Path:
        return self.sockets / SOCKET_NAME

    @property
    def major(self) -> int | None:
        """PostgreSQL release that made the data folder; None before there is one."""
        version = self.data / "PG_VERSION"
        return int(version.read_text().strip()) if version.exists() else None

    def run(self, *command: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """Run a program as `owner`, with an environment of its own: PGDATA, PGPORT … of the caller must not leak in."""
        account: dict[str, str | list[str]] = {}
        if os.geteuid() == 0 and self.owner != "root":
            account = {"user": self.owner, "group": str(pwd.getpwnam(self.owner).pw_gid), "extra_groups": []}
            account["group"] = pwd_group(self.owner)
        return subprocess.run(
            command,
            cwd="/",
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **account,  # type: ignore[call-overload]
        )
