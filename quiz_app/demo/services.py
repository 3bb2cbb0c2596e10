"""Founds the demo commune by the same services that a real one goes through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from quiz_app.demo import commune, drafts, roster, rounds
from quiz_app.demo.organisations import ORGANISATIONS, ROOT_CODE, ROOT_NAME
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.settings import Mode, Settings
from quiz_app.kernel.work import Work, working
from quiz_app.members import accounts, passwords, roster_file, rosters, services
from quiz_app.members.accounts import NewAccount
from quiz_app.members.labels import CONSENT_VERSION
from quiz_app.members.models import Account, Consent, Member, Purpose
from quiz_app.members.roster_file import Sheet
from quiz_app.members.roster_plan import PlanFolder
from quiz_app.units import queries as units_queries
from quiz_app.units import services as units_services
from quiz_app.units.models import Unit, UnitKind

UNNAMED_EVERY = 5
PLAIN_PASSWORD = "dang-vien-bat-trang"  # noqa: S105 - public on purpose; demo accounts keep a production from starting
SHOWN_CELL = "THON07"
LAST = -1


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account with a known name and password; `cell` and `place` say who it is, `unit` what the role is for."""

    role: Role
    username: str
    cell: str
    place: int
    unit: str

    @property
    def password(self) -> str:
        return f"{self.username}-bat-trang-2026"


ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount(Role.MEMBER, "dangvien", SHOWN_CELL, LAST, SHOWN_CELL),
    DemoAccount(Role.SECRETARY, "bithu", SHOWN_CELL, 0, SHOWN_CELL),
    # Third in their cells: these people hold the one role and no other, so that a demo shows what each may do.
    DemoAccount(Role.OVERSEER, "capuy", "CQD02", 2, ROOT_CODE),
    DemoAccount(Role.AUTHOR, "biensoan", "CQD01", 2, ROOT_CODE),
    DemoAccount(Role.REVIEWER, "thamdinh", "CQD03", 2, ROOT_CODE),
    DemoAccount(Role.ORGANISER, "bantochuc", "UBND01", 2, ROOT_CODE),
    DemoAccount(Role.OPERATOR, "quantri", "UBND02", 2, ROOT_CODE),
)


class NotADemo(Exception):
    """This installation is for real people: demo data has no place in it."""


def create(db: Database, settings: Settings, *, seed: int = 1, count: int = commune.MEMBERS) -> bool:
    """Found the commune with its people, accounts and two rounds; False where it exists already.

    The shipped bank must be published. Raises NotADemo, Missing.
    """
    if not is_demo(settings):
        raise NotADemo
    with db.reading() as session:
        root_id = session.scalar(select(Unit.id).where(Unit.code == ROOT_CODE))
    if root_id is not None:
        rounds.open_rounds(db, root_id)
        drafts.write(db, author=_username(Role.AUTHOR), reviewer=_username(Role.REVIEWER))
        return False
    people = commune.people(seed, count)
    content = roster.workbook(people)
    sheets = roster_file.read_sheets(content)
    # 2,700 hashes would take a minute and the password is public: plain members share one, salt and all.
    plain = passwords.hashed(PLAIN_PASSWORD)
    named = {account.username: passwords.hashed(account.password) for account in ACCOUNTS}
    with working(db) as w:
        if exists(w.session):
            return False
        units = _found_units(w)
        _import(w, units[ROOT_CODE], sheets, content)
        members = _members_in_order(w.session, people)
        _give_accounts(w, members, plain, named)
        _give_roles(w, members, units)
    rounds.open_rounds(db, units[ROOT_CODE])
    drafts.write(db, author=_username(Role.AUTHOR), reviewer=_username(Role.REVIEWER))
    return True


def is_demo(settings: Settings) -> bool:
    """Whether this installation may hold people who do not exist."""
    return settings.mode in (Mode.DEMO, Mode.TEST)


def exists(session: Session) -> bool:
    """Whether the demo commune has been founded here."""
    return session.scalar(select(Unit.id).where(Unit.code == ROOT_CODE)) is not None


def listed(session: Session) -> list[dict[str, str]]:
    """The demo accounts that exist, as documented: role, username, password, unit. Raises Missing without a demo."""
    if not exists(session):
        raise Missing
    found = set(session.scalars(select(Account.username).where(Account.username.in_([a.username for a in ACCOUNTS]))))
    names = {unit.code: unit.name for unit in session.scalars(select(Unit))}
    return [
        {
            "role": account.role.value,
            "username": account.username,
            "password": account.password,
            "unit": names[account.unit],
        }
        for account in ACCOUNTS
        if account.username in found
    ]


def _username(role: Role) -> str:
    return next(account.username for account in ACCOUNTS if account.role is role)


def _found_units(w: Work) -> dict[str, int]:
    root = units_services.create_unit(w, code=ROOT_CODE, name=ROOT_NAME, kind=UnitKind.COMMUNE, parent_id=None)
    units_services.set_helper(w, root.id, name="Tổ giúp việc cuộc thi", phone="0100 100 100")
    ids = {ROOT_CODE: root.id}
    for unit in ORGANISATIONS:
        ids[unit.code] = units_services.create_unit(
            w, code=unit.code, name=unit.name, kind=unit.kind, parent_id=ids[unit.parent]
        ).id
    return ids


def _import(w: Work, root_id: int, sheets: Sequence[Sheet], content: bytes) -> None:
    order = rosters.Order(root_id, rosters.file_hash(content), "danh-sach-minh-hoa.xlsx")
    with TemporaryDirectory() as folder:
        kept = PlanFolder(Path(folder))
        rosters.plan(w, order, sheets, kept)
        rosters.apply(w, order, kept, since=w.now)
    w.session.execute(update(Member).where(Member.unit_id.in_(units_queries.subtree_ids(root_id))).values(is_demo=True))


def _members_in_order(session: Session, people: Sequence[commune.Person]) -> dict[tuple[str, int], Member]:
    """Members by cell and place in it, as the roster has them."""
    by_phone_and_name = {(member.phone, member.full_name): member for member in session.scalars(select(Member))}
    places: dict[str, int] = {}
    found: dict[tuple[str, int], Member] = {}
    for person in people:
        place = places.get(person.cell_code, 0)
        places[person.cell_code] = place + 1
        found[person.cell_code, place] = by_phone_and_name[person.phone, person.full_name]
    return found


def _give_accounts(w: Work, members: dict[tuple[str, int], Member], plain: str, named: dict[str, str]) -> None:
    known = {_place(account, members): account.username for account in ACCOUNTS}

    def account_of(place: tuple[str, int], member: Member) -> NewAccount:
        if (username := known.get(place)) is not None:
            return NewAccount(member.id, username, named[username])
        return NewAccount(member.id, accounts.username_for(member), plain)

    accounts.create_accounts(w, [account_of(place, member) for place, member in members.items()])
    # People who are made up have nothing to be asked at their first sign-in. Some want no name shown, as elsewhere.
    agreed = {"text_version": CONSENT_VERSION, "given_at": w.now}
    ids = [member.id for member in members.values()]
    yes = [(Purpose.TAKE_PART, ids), (Purpose.PUBLISH_NAME, [one for one in ids if one % UNNAMED_EVERY])]
    w.session.execute(
        insert(Consent), [{"member_id": one, "purpose": what.value, **agreed} for what, who in yes for one in who]
    )
    w.session.execute(update(Account).values(notices_version=CONSENT_VERSION))


def _give_roles(w: Work, members: dict[tuple[str, int], Member], units: dict[str, int]) -> None:
    for member, role, unit_id in _roles(members, units):
        services.grant_role(w, member.id, role, unit_id)
    for (cell, place), member in members.items():
        if place == 0:
            units_services.set_helper(w, units[cell], name=member.full_name, phone=member.phone)
    w.session.flush()


def _roles(members: dict[tuple[str, int], Member], units: dict[str, int]) -> Iterator[tuple[Member, Role, int]]:
    for (cell, place), member in members.items():
        if place == 0:
            yield member, Role.SECRETARY, units[cell]
    for unit in ORGANISATIONS:
        first_below = next((cell.code for cell in ORGANISATIONS if cell.parent == unit.code), None)
        if first_below is not None:
            yield members[first_below, 1], Role.OVERSEER, units[unit.code]
    for account in ACCOUNTS:
        if account.role not in (Role.MEMBER, Role.SECRETARY):
            yield members[_place(account, members)], account.role, units[account.unit]


def _place(account: DemoAccount, members: dict[tuple[str, int], Member]) -> tuple[str, int]:
    if account.place != LAST:
        return account.cell, account.place
    return max(place for place in members if place[0] == account.cell)
