"""The departments that a duty list names, found by code or name; strange ones refused with a proposal, or added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from sqlalchemy.orm import Session

from app.errors import InputError
from app.models.departments import Department
from app.rules.accounts.access import Caller
from app.rules.staff.lines import line_of
from app.services.staff import departments
from app.store.staff import departments as store


@dataclass(frozen=True)
class Office:
    """Whom a cell names. `code` None: text, where no departments are kept."""

    name: str
    code: str | None = None


class Offices:
    """The departments kept. Where there are none, and none are to be added, every text stands for itself.

    `adding`: texts that nobody knows become departments; `added` names them, `store` adds them.
    """

    def __init__(self, session: Session, *, adding: bool = False) -> None:
        self._kept = list(store.every(session))
        self._adding = adding
        self._found: dict[str, Office] = {}
        self.added: list[str] = []

    def called(self, text: str) -> Office:
        """The office of a cell. Raises InputError for one that is not known, is retired, or shares its name."""
        word = text.strip()
        if not word or not (self._kept or self._adding):
            return Office(word)
        if word not in self._found:
            self._found[word] = self._resolved(word)
        return self._found[word]

    def store(self, session: Session, caller: Caller, today: date) -> None:
        for name in self.added:
            departments.add(session, caller, _new(name), today)

    def _resolved(self, word: str) -> Office:
        named = [office for office in self._kept if word in (office.code, office.name)]
        own = [office for office in named if office.code == word]
        in_use = own or [office for office in named if office.retired_at is None]
        if len(in_use) > 1:
            codes = ", ".join(sorted(office.code for office in in_use))
            raise InputError(f"several departments are called {word!r}: write one's code ({codes})")
        if in_use and in_use[0].retired_at is None:
            return Office(in_use[0].name, in_use[0].code)
        if named:
            raise InputError(f"the department {word!r} is retired{self._heir(named[0])}")
        if not self._adding:
            raise InputError(f"no department is called {word!r}{self._nearest(word)}")
        self.added.append(word)
        return Office(word, _new(word).code)

    def _heir(self, retired: Department) -> str:
        heir = next((office for office in self._kept if office.id == retired.successor_id), None)
        return f": its successor is {heir.name!r} ({heir.code})" if heir else ""

    def _nearest(self, word: str) -> str:
        names = [office.name for office in self._kept if office.retired_at is None]
        near = get_close_matches(word, names, n=1, cutoff=0.4)
        meant = f": perhaps {near[0]!r}" if near else ""
        return f"{meant} — correct it, `onegrid departments add` it, or import with --add-departments"


def _new(name: str) -> departments.NewDepartment:
    return departments.NewDepartment(name[: departments.LONGEST_CODE], name, line_of(name))
