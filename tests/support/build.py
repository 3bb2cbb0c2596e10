"""A small commune, always the same: who is who is told by the names of its fields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.kernel.access import Role
from quiz_app.kernel.text import search_key, sort_key
from quiz_app.kernel.work import Work
from quiz_app.members.labels import CONSENT_VERSION
from quiz_app.members.models import Account, Category, Consent, Member, Purpose, RoleGrant, Standing
from quiz_app.units import services as units
from quiz_app.units.models import Unit, UnitKind

PASSWORD = "hoa-sen-trang-2026"


@cache
def password_hash() -> str:
    """Hashed once per process: the right parameters cost 20 ms each time."""
    return PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1).hash(PASSWORD)


@dataclass(frozen=True)
class Commune:
    """The tree and its people.

    root (Đảng bộ xã)
    ├── first, second         two chi bộ directly below
    └── committee             an Đảng bộ with one chi bộ of its own
        └── inner

    Without a word about the place, people belong to `first`; "elsewhere" means `second`, and for roles that cover a
    subtree the granted unit is `committee`.
    """

    root: Unit
    first: Unit
    second: Unit
    committee: Unit
    inner: Unit

    member: Member
    colleague: Member
    probationer: Member
    exempt: Member
    sympathiser: Member
    stranger: Member
    inner_member: Member

    secretary: Member
    secretary_elsewhere: Member
    overseer: Member
    overseer_elsewhere: Member
    author: Member
    reviewer: Member
    organiser: Member
    organiser_elsewhere: Member
    operator: Member

    @property
    def voters(self) -> list[Member]:
        """Everybody of `first` who counts in its turnout: Party members who are not exempt, in list order."""
        return sorted([self.member, self.colleague, self.probationer, self.secretary], key=lambda one: one.sort_key)


def commune(w: Work) -> Commune:
    """Build it within a unit of work of the system."""
    root = unit(w, "XA", "Đảng bộ xã Bát Tràng", UnitKind.COMMUNE, None)
    first = unit(w, "CB1", "Chi bộ thôn Giang Cao", UnitKind.CELL, root)
    second = unit(w, "CB2", "Chi bộ thôn Kim Lan", UnitKind.CELL, root)
    committee = unit(w, "DBCA", "Đảng bộ Công an xã", UnitKind.BASE_COMMITTEE, root)
    inner = unit(w, "CBCA1", "Chi bộ Công an 1", UnitKind.CELL, committee)
    return Commune(
        root=root,
        first=first,
        second=second,
        committee=committee,
        inner=inner,
        member=member(w, first, "Nguyễn Văn An"),
        colleague=member(w, first, "Đỗ Thị Bình"),
        probationer=member(w, first, "Lê Hồng Ánh", category=Category.PROBATIONARY),
        exempt=member(w, first, "Vũ Đình Ất", standing=Standing.EXEMPT),
        sympathiser=member(w, first, "Trần Thị Hòa", category=Category.OTHER),
        stranger=member(w, second, "Phạm Quốc Đạt"),
        inner_member=member(w, inner, "Hoàng Minh Châu"),
        secretary=member(w, first, "Bùi Thị Lan", roles=[(Role.SECRETARY, first)]),
        secretary_elsewhere=member(w, second, "Ngô Văn Kiên", roles=[(Role.SECRETARY, second)]),
        overseer=member(w, second, "Đặng Thu Hà", roles=[(Role.OVERSEER, root)]),
        overseer_elsewhere=member(w, inner, "Phan Anh Tuấn", roles=[(Role.OVERSEER, committee)]),
        author=member(w, second, "Cao Thị Mai", roles=[(Role.AUTHOR, root)]),
        reviewer=member(w, second, "Lý Công Uyên", roles=[(Role.REVIEWER, root)]),
        organiser=member(w, second, "Tạ Quang Huy", roles=[(Role.ORGANISER, root)]),
        organiser_elsewhere=member(w, inner, "Mai Xuân Thủy", roles=[(Role.ORGANISER, committee)]),
        operator=member(w, second, "Dương Văn Quý", roles=[(Role.OPERATOR, root)]),
    )


def found_commune(session: Session) -> Commune:
    """The commune of a database in which it was built before anything else: its rows are in the order of its fields."""
    units_of_it = [field.name for field in fields(Commune) if field.type == "Unit"]
    people = [field.name for field in fields(Commune) if field.type == "Member"]
    found: dict[str, Any] = dict(zip(units_of_it, session.scalars(select(Unit).order_by(Unit.id)), strict=False))
    found |= zip(people, session.scalars(select(Member).order_by(Member.id)), strict=False)
    return Commune(**found)


def unit(w: Work, code: str, name: str, kind: UnitKind, parent: Unit | None) -> Unit:
    return units.create_unit(w, code=code, name=name, kind=kind, parent_id=parent.id if parent else None)


def member(
    w: Work,
    of_unit: Unit,
    full_name: str,
    *,
    category: Category = Category.FULL,
    standing: Standing = Standing.ACTIVE,
    roles: Iterable[tuple[Role, Unit]] = (),
    with_account: bool = True,
) -> Member:
    """A member who has answered the notices and takes part, with the password PASSWORD.

    The username is the search key without spaces.
    """
    person = Member(
        unit_id=of_unit.id,
        full_name=full_name,
        sort_key=sort_key(full_name),
        search_key=search_key(full_name),
        category=category.value,
        standing=standing.value,
        born_on=date(1980, 5, 17),
        created_at=w.now,
    )
    w.session.add(person)
    w.session.flush()
    if with_account:
        w.session.add(
            Account(
                member_id=person.id,
                username=username(person),
                password_hash=password_hash(),
                password_changed_at=w.now,
                notices_version=CONSENT_VERSION,
            )
        )
        w.session.add(takes_part(person, w.now))
    for role, granted in roles:
        grant(w, person, role, granted)
    w.session.flush()
    return person


def takes_part(person: Member, at: datetime) -> Consent:
    """What somebody says who has answered the notices and may sit."""
    return Consent(member_id=person.id, purpose=Purpose.TAKE_PART.value, text_version=CONSENT_VERSION, given_at=at)


def username(person: Member) -> str:
    return person.search_key.replace(" ", "")


def grant(w: Work, person: Member, role: Role, granted: Unit) -> RoleGrant:
    row = RoleGrant(member_id=person.id, role=role.value, unit_id=granted.id, granted_at=w.now)
    w.session.add(row)
    w.session.flush()
    return row
