"""Staff lists imported as versions: what is new is added, what differs corrected, what is the same left alone.

All or nothing. A dry run does everything and takes it back, so that its report is what would happen. The file is read
and not kept: it is full of personal data.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.files.tables import Table
from app.models.people import Person
from app.models.posts import Post, Role
from app.rules.accounts.access import Caller
from app.rules.staff.lines import line_of
from app.rules.staff.roles import LOCAL_LOAD
from app.services.accounts import audit
from app.services.staff import departments, posts
from app.services.staff.post_terms import TermFacts, facts_of, overlap, said, term_of
from app.services.staff.staff_people import ListedPeople
from app.services.staff.staff_rows import RowError, StaffRow, read_staff
from app.store.networks import networks as networks_store
from app.store.staff import posts as store
from app.store.staff import staff as staff_store

CHANGES_TOLD = 1_000
ERRORS_TOLD = 1_000
Key = tuple[int, str, int, str]  # person, role, network, grid


@dataclass(frozen=True)
class StaffOrder:
    """`network`: of rows that name none; `any_grid`: also codes that no edition has; `complete`: the list is all there
    is of its networks, so posts that it does not name end now."""

    network: str | None = None
    any_grid: bool = False
    complete: bool = False
    dry_run: bool = False
    zone: str = "Asia/Shanghai"


@dataclass
class _Made:
    """What the import has done so far."""

    posts: Counter[str] = field(default_factory=Counter)
    departments: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    touched: dict[str, list[int]] = field(default_factory=lambda: {"added": [], "corrected": [], "ended": []})

    def tell(self, what: str, post: Post, row: StaffRow | None, **facts: Any) -> None:
        self.posts[what] += 1
        self.touched[what].append(post.id)
        if len(self.changes) < CHANGES_TOLD:
            place = {"row": row.number if row else None, "change": what, "grid": post.grid, "role": post.role}
            self.changes.append(place | facts)


class _Preview(Exception):
    """Takes the savepoint back; carries the report out."""

    def __init__(self, report: dict[str, Any]) -> None:
        self.report = report


def import_staff(session: Session, caller: Caller, table: Table, order: StaffOrder, now: datetime) -> dict[str, Any]:
    """Take a staff list in. FileError for the first wrong row, with all of them in `errors`; a dry run reports them.

    The same list again changes nothing.
    """
    caller.require("admin")
    staff_store.lock(session)
    listed = read_staff(table, order.zone, order.network)
    try:
        with session.begin_nested():
            job = _Import(session, caller, table.file, order, now)
            job.made.notes += [f"column {name!r} is not one of staff and was left out" for name in listed.ignored]
            errors = sorted([*listed.errors, *job.take(listed.rows)], key=lambda error: error.row)
            errors = [replace(error, field=listed.headings.get(error.field, error.field)) for error in errors]
            report = job.report(len(table.rows), errors)
            if order.dry_run:
                raise _Preview(report)
            if errors:
                raise errors[0].raised(len(errors), report["errors"])
            job.record()
    except _Preview as preview:
        return preview.report
    return report


class _Import:
    def __init__(self, session: Session, caller: Caller, file: str, order: StaffOrder, now: datetime) -> None:
        self.made = _Made()
        self._session, self._caller, self._file, self._order, self._now = session, caller, file, order, now
        self._people = ListedPeople(session, file)
        self._networks: dict[str, tuple[int, str, frozenset[str]] | None] = {}
        self._departments: dict[str, int | None] = {}
        self._roles = {role.code: role for role in store.roles(session)}

    def take(self, rows: list[StaffRow]) -> list[RowError]:
        """Store what the rows say; the errors of those that cannot be."""
        errors: list[RowError] = []
        placed: list[tuple[StaffRow, Person, int, int | None]] = []
        for row in rows:
            network = self._network(row, errors)
            department = self._department(row, errors)
            person = self._people.person(row, department, errors)
            if network is not None and person is not None:
                placed.append((row, person, network, department))
        if errors:
            return errors
        self._people.store()
        wanted: dict[Key, list[tuple[StaffRow, TermFacts]]] = {}
        for row, person, network, department in placed:
            role = self._role(row.role)
            facts = TermFacts(
                row.since, row.until, department if department is not None else person.department_id, row.shift,
                role.load if row.load is None else row.load, self._substitutes(row, person, errors),
            )  # fmt: skip
            terms = wanted.setdefault((person.id, role.code, network, row.grid), [])
            if self._fits(row, facts, terms, errors):
                terms.append((row, facts))
        if not errors:
            self._revise(wanted)
        return errors

    def report(self, rows: int, errors: list[RowError]) -> dict[str, Any]:
        """Counts and changes; nothing in it tells who anybody is."""
        people, posts_made = self._people, self.made.posts
        return {
            "file": self._file,
            "rows": rows,
            "stored": not errors and not self._order.dry_run,
            "dry_run": self._order.dry_run,
            "people": {"added": len(people.added), "changed": len(people.changed)},
            "posts": {what: posts_made[what] for what in ("added", "corrected", "ended", "unchanged")},
            "departments_added": self.made.departments,
            "roles_added": self.made.roles,
            "notes": self.made.notes,
            "changes": self.made.changes,
            "errors": [error.to_dict() for error in errors[:ERRORS_TOLD]],
        }

    def record(self) -> None:
        after = {
            "file": self._file,
            "people_added": [person.id for person in self._people.added],
            "people_changed": sorted(self._people.changed),
            "departments_added": self.made.departments,
            "roles_added": self.made.roles,
            "posts": self.made.touched,
        }
        if any(after[name] for name in after if name not in ("file", "posts")) or any(self.made.touched.values()):
            audit.record(self._session, self._caller, "import", "staff", after=after)

    def _network(self, row: StaffRow, errors: list[RowError]) -> int | None:
        if row.network not in self._networks:
            every = networks_store.every(self._session)
            found = next((n for n in every if row.network in (n.code, n.name)), None)
            codes = staff_store.grid_codes(self._session, found.id) if found else frozenset()
            self._networks[row.network] = (found.id, found.code, codes) if found else None
            if found and not codes:
                self.made.notes.append(f"network {found.code} has no grids yet: its codes could not be checked")
        known = self._networks[row.network]
        if known is None:
            remedy = f"`onegrid networks add {row.network} --name …` first"
            errors.append(RowError(self._file, row.number, "network", f"no network {row.network!r}", remedy))
            return None
        if known[2] and row.grid not in known[2] and not self._order.any_grid:
            detail = f"network {known[1]} has no grid {row.grid!r}"
            remedy = "correct the code, or import with --any-grid"
            errors.append(RowError(self._file, row.number, "grid", detail, remedy))
            return None
        return known[0]

    def _department(self, row: StaffRow, errors: list[RowError]) -> int | None:
        """A name that nobody knows becomes a department, its line told from the name."""
        name = row.department
        if name and name not in self._departments:
            try:
                self._departments[name] = departments.named(self._session, name).id
            except NotFound:
                wanted = departments.NewDepartment(name[: departments.LONGEST_CODE], name, line_of(name))
                added = departments.add(self._session, self._caller, wanted, self._now.date())
                self._departments[name] = added.id
                self.made.departments.append(name)
            except Conflict as error:
                errors.append(RowError(self._file, row.number, "department", error.detail))
                return None
        return self._departments.get(name)

    def _role(self, code: str) -> Role:
        found = self._roles.get(code) or next((role for role in self._roles.values() if role.name == code), None)
        if found is None:
            found = self._roles[code] = store.add_role(self._session, code, code, LOCAL_LOAD)
            self.made.roles.append(code)
        return found

    def _substitutes(self, row: StaffRow, holder: Person, errors: list[RowError]) -> tuple[int, ...]:
        made = []
        for word in row.substitutes:
            found = self._people.called(word)
            if len(found) != 1 or found[0] is holder:
                many = "is the holder" if found == [holder] else f"is the name of {len(found)} people"
                detail = f"a substitute {many if found else 'is nobody in the list or known before'}"
                errors.append(RowError(self._file, row.number, "substitutes", detail, "write the staff number"))
            else:
                made.append(found[0].id)
        return tuple(dict.fromkeys(made))

    def _fits(
        self, row: StaffRow, facts: TermFacts, terms: list[tuple[StaffRow, TermFacts]], errors: list[RowError]
    ) -> bool:
        """False for a row that says again what another said, and, with an error, for one that contradicts it."""
        clash = next((other for other, known in terms if overlap(known, facts)), None)
        if clash is None:
            return True
        if any(known == facts for _, known in terms):
            self.made.notes.append(f"row {row.number} says the same as row {clash.number}")
            return False
        detail = f"row {clash.number} gives the same post at some of the same time"
        errors.append(RowError(self._file, row.number, "since", detail, "end the one before the other begins"))
        return False

    def _revise(self, wanted: dict[Key, list[tuple[StaffRow, TermFacts]]]) -> None:
        networks = sorted({key[2] for key in wanted})
        known = {(p.person_id, p.role, p.network_id, p.grid): p for p in store.of_networks(self._session, networks)}
        fresh = {
            key: Post(person_id=key[0], role=key[1], network_id=key[2], grid=key[3], created_by=self._caller.name)
            for key in wanted
            if key not in known
        }
        self._session.add_all(fresh.values())
        self._session.flush()
        terms = store.known_terms(self._session, [post.id for post in known.values()])
        for key, post in fresh.items():
            for row, facts in wanted[key]:
                self._session.add(term_of(post.id, facts, self._now))
                self.made.tell("added", post, row, after=said(facts))
        for key, post in known.items():
            if key in wanted:
                self._correct(post, [facts_of(term) for term in terms.get(post.id, [])], wanted[key])
        self._session.flush()
        if self._order.complete:
            self._end_others(set(wanted), known)

    def _correct(self, post: Post, before: list[TermFacts], wanted: list[tuple[StaffRow, TermFacts]]) -> None:
        """Terms that the list says otherwise are closed in recorded time; terms at other times stay."""
        said_here = [facts for _, facts in wanted]
        for row, facts in wanted:
            if facts in before:
                self.made.posts["unchanged"] += 1
                continue
            now, replaced = self._now, []
            for term in store.known_terms(self._session, [post.id]).get(post.id, []):
                old = facts_of(term)
                if overlap(old, facts) and old not in said_here:
                    now = max(now, store.close(self._session, term, self._now))
                    replaced.append(said(old))
            self._session.add(term_of(post.id, facts, now))
            self._session.flush()
            what = "corrected" if replaced else "added"
            self.made.tell(what, post, row, before=replaced, after=said(facts))

    def _end_others(self, named: set[Key], known: dict[Key, Post]) -> None:
        for key, post in known.items():
            if key not in named:
                try:
                    posts.end(self._session, self._caller, post.id, self._now, self._now)
                except Conflict:
                    continue
                self.made.tell("ended", post, None)
