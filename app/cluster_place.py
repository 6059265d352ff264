"""Where the private cluster lives, which PostgreSQL runs it, and as which user of the machine."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import Conflict, Unavailable

SERVER_USERS = ("postgres", "onegrid")  # who may run the server when we are root, in order of preference
SYSTEM_HOME = Path("/var/lib/onegrid")  # for checkouts in a folder that the server's user cannot enter
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 103  # bytes in sun_path: 107 on Linux, 103 on macOS
PLAIN_PATH = re.compile(r"[\w/. @+-]+")  # what needs no quoting in a conninfo, a URL's host and a list of folders
BINARY_GLOBS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat
    "/opt/homebrew/opt/postgresql*/bin",  # Homebrew on Apple silicon
    "/usr/local/opt/postgresql*/bin",  # Homebrew on Intel
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL that has PostGIS."""

    folder: Path
    major: int

    def path(self, program: str) -> str:
        return str(self.folder / program)


@dataclass(frozen=True)
class Place:
    """Folders of one cluster, and the user of the machine who owns them and runs the server."""

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
        """Release of PostgreSQL that made the data; None before there are any."""
        version = self.data / "PG_VERSION"
        return int(version.read_text().strip()) if version.exists() else None

    def run(self, *command: str, timeout_s: float = 600) -> subprocess.CompletedProcess[str]:
        """Run a program as `owner`, with an environment of its own: the caller's PGDATA, PGPORT … must not leak in."""
        return _run_as(self.owner, *command, timeout_s=timeout_s)

    def make_folders(self) -> None:
        """Folders that only `owner` (and root) can enter. Those inside `home` are made by `owner`, never by root."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0 and self.home.stat().st_uid == 0:
            os.chown(self.home, pwd.getpwnam(self.owner).pw_uid, pwd.getpwnam(self.owner).pw_gid)
        self.run("mkdir", "-p", "-m", "700", str(self.logs), str(self.sockets))
        found = self.sockets.lstat()
        if self.sockets.is_symlink() or found.st_uid != pwd.getpwnam(self.owner).pw_uid or found.st_mode & 0o077:
            raise Conflict(f"{self.sockets} is not ours — find out who made it, and remove it")


def find_place(var_dir: Path) -> Place:
    """Place of the cluster that belongs to `var_dir`; as root with an unprivileged owner, made if there is none."""
    var_dir = var_dir.resolve()
    var_dir.mkdir(parents=True, exist_ok=True)
    home = _recorded_home(var_dir) or var_dir / "postgres"
    owner = _owner(home)
    if os.geteuid() == 0 and _run_as(owner, "test", "-x", str(var_dir)).returncode != 0:
        home = _system_home(var_dir)
    return Place(home, _sockets(home, owner), owner)


def find_binaries(major: int | None = None) -> Binaries:
    """The newest installed PostgreSQL with PostGIS, or the one of release `major`, which data of that release need."""
    found = sorted(_installed(), key=lambda binaries: binaries.major, reverse=True)
    usable = [binaries for binaries in found if _has_postgis(binaries)]
    if major is not None:
        usable = [binaries for binaries in usable if binaries.major == major]
        if not usable:
            raise Unavailable(
                f"the database was made by PostgreSQL {major}, and no PostgreSQL {major} with PostGIS is installed — "
                f"install it (Debian, Ubuntu: apt-get install postgresql-{major}-postgis-3); to move to a newer "
                "release, back up with the old one and restore with the new one (docs/operations.md)"
            )
    if not usable:
        without = f" (PostgreSQL {found[0].major} is there, without PostGIS)" if found else ""
        raise Unavailable(
            f"no PostgreSQL with PostGIS is installed{without} — "
            "`make setup` installs it; or set ONEGRID_DATABASE_URL to a server that has PostGIS"
        )
    return usable[0]


def find_client(program: str) -> str:
    """The newest `program` on this machine: pg_dump refuses servers newer than itself, and serves older ones."""
    found = [path for pattern in BINARY_GLOBS for path in Path("/").glob(f"{pattern[1:]}/{program}")]
    if found:
        return str(max(found, key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))]))
    if on_path := shutil.which(program):
        return on_path
    raise Unavailable(f"{program} is not installed — on Debian or Ubuntu: apt-get install postgresql-client")


def _installed() -> list[Binaries]:
    folders = [folder for pattern in BINARY_GLOBS for folder in Path("/").glob(pattern[1:])]
    if pg_config := shutil.which("pg_config"):
        folders.append(Path(_said(pg_config, "--bindir")))
    return [
        Binaries(folder, int(match[1]))
        for folder in dict.fromkeys(folder.resolve() for folder in folders)
        if all((folder / program).exists() for program in ("initdb", "pg_ctl", "postgres"))
        and (match := re.search(r"\) (\d+)", _said(str(folder / "postgres"), "--version")))
    ]


def _has_postgis(binaries: Binaries) -> bool:
    shared = [Path(f"/usr/share/postgresql/{binaries.major}")]  # Debian's pg_config comes with another package
    if (binaries.folder / "pg_config").exists():
        shared.append(Path(_said(binaries.path("pg_config"), "--sharedir")))
    return any((folder / "extension" / "postgis.control").exists() for folder in shared)


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout.strip()


def _owner(home: Path) -> str:
    """We ourselves, or as root the user who owns `home` already, or one of SERVER_USERS."""
    owned_by = home.stat().st_uid if home.exists() else None
    if os.geteuid() != 0:
        if owned_by not in (None, os.geteuid()):
            raise Conflict(
                f"{home} belongs to another user of this machine — if it was made with sudo, run with sudo again; "
                "or back it up as root, delete it, and restore it as yourself"
            )
        return pwd.getpwuid(os.geteuid()).pw_name
    if owned_by:
        return pwd.getpwuid(owned_by).pw_name
    return _server_user()


def _server_user() -> str:
    there = {account.pw_name for account in pwd.getpwall()}
    for name in SERVER_USERS:
        if name in there:
            return name
    name = SERVER_USERS[-1]
    made = subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise Unavailable(
            f"PostgreSQL does not run as root, and no user could be made for it ({made.stderr.strip()}) — "
            "start OneGrid as an ordinary user, or add a system user named postgres"
        )
    return name


def _system_home(var_dir: Path) -> Path:
    """A home outside `var_dir`, which names it in `postgres-home`; the home names `var_dir` in `checkout`."""
    home = _recorded_home(var_dir) or SYSTEM_HOME / _digest(var_dir)
    home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "checkout").write_text(f"{var_dir}\n")
    (var_dir / "postgres-home").write_text(f"{home}\n")
    return home


def _recorded_home(var_dir: Path) -> Path | None:
    """The home that `var_dir` names, unless that is somebody else's: a copied checkout must not share its database."""
    record = var_dir / "postgres-home"
    if not record.exists():
        return None
    home = Path(record.read_text().strip())
    keeper = Path((home / "checkout").read_text().strip()) if (home / "checkout").exists() else var_dir
    if keeper != var_dir and (keeper / "postgres-home").exists():
        raise Conflict(
            f"{record} names the database of {keeper}: this checkout is a copy of that one — "
            f"delete {record} to begin with an empty database here"
        )
    return home


def _sockets(home: Path, owner: str) -> Path:
    """Beside the data where the path is short and plain enough for a socket, else a private folder in /tmp."""
    beside = home / "socket"
    if PLAIN_PATH.fullmatch(str(beside)) and len(bytes(beside / SOCKET_NAME)) <= LONGEST_SOCKET:
        return beside
    return Path("/tmp") / f"onegrid-{owner}-{_digest(home)}"


def _run_as(owner: str, *command: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    account = pwd.getpwnam(owner)
    switch: dict[str, Any] = {}
    if os.geteuid() == 0:
        switch = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return subprocess.run(
        command,
        cwd="/",
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/", "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        **switch,
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(bytes(path)).hexdigest()[:12]
