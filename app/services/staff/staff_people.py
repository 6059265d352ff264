"""Who the rows of a staff list speak of: people known, people new, and rows that contradict each other."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy.orm import Session

from app.models.people import Person
from app.rules.accounts.personal_data import erased_digest
from app.services.staff.staff_rows import RowError, StaffRow
from app.store.staff import people as store

FACTS = ("name", "phone", "email")


class ListedPeople:
    """Finds or makes the person of each row: by staff number; without one by name and telephone; without either by
    name and department. New people are in the session, not yet flushed, until `store` is called."""

    def __init__(self, session: Session, file: str) -> None:
        self.added: list[Person] = []
        self.changed: set[int] = set()
        self._session, self._file = session, file
        known = store.every(session)
        self._by_code = {person.code: person for person in known if person.code}
        self._by_name: dict[str, list[Person]] = defaultdict(list)
        for person in known:
            if person.name:
                self._by_name[person.name].append(person)
        self._erased = [(person.id, person.erased_digest) for person in known if person.erased_digest]
        self._said: dict[int, dict[str, tuple[str, int]]] = defaultdict(dict)

    def person(self, row: StaffRow, department: int | None, errors: list[RowError]) -> Person | None:
        """None, with an error, for a row about somebody erased or one that contradicts an earlier row."""
        found = self._by_code.get(row.person) if row.person else self._unnumbered(row, department)
        if found is None:
            if row.person and any(erased_digest(id_, row.person) == digest for id_, digest in self._erased):
                detail = "this person was erased on request"
                errors.append(RowError(self._file, row.number, "person", detail, "take the row out of the list"))
                return None
            found = Person(code=row.person, name=row.name, phone=row.phone, email=row.email, department_id=department)
            self._remember(found)
        return found if self._agrees(found, row, department, errors) else None

    def called(self, word: str) -> list[Person]:
        """The person with this staff number, else everybody of this name, of the list or known before."""
        return [self._by_code[word]] if word in self._by_code else self._by_name.get(word, [])

    def store(self) -> None:
        self._session.add_all(self.added)
        self._session.flush()

    def _unnumbered(self, row: StaffRow, department: int | None) -> Person | None:
        same = self._by_name.get(row.name, [])
        if row.phone:
            return next((person for person in same if person.phone == row.phone), None)
        return next((person for person in same if person.department_id == department), None)

    def _remember(self, person: Person) -> None:
        self.added.append(person)
        if person.code:
            self._by_code[person.code] = person
        self._by_name[person.name or ""].append(person)

    def _agrees(self, person: Person, row: StaffRow, department: int | None, errors: list[RowError]) -> bool:
        """Take over what the row says; an empty cell says nothing."""
        said = self._said[id(person)]
        for fact in FACTS:
            value = getattr(row, fact)
            if not value:
                continue
            before = said.setdefault(fact, (value, row.number))
            if before[0] != value:
                detail = f"row {before[1]} says otherwise of the same person"
                errors.append(RowError(self._file, row.number, fact, detail, "make the rows agree"))
                return False
            if getattr(person, fact) != value:
                self._note(person)
                setattr(person, fact, value)
        if department is not None and person.department_id is None:
            self._note(person)
            person.department_id = department
        return True

    def _note(self, person: Person) -> None:
        if person.id is not None:
            self.changed.add(person.id)
