"""Questions about people, their accounts, roles and consents."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, String, cast, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading
from quiz_app.members import policy
from quiz_app.members.errors import Choice
from quiz_app.members.models import Account, Consent, Member, Purpose, RoleGrant, RosterImport, Standing, UserSession
from quiz_app.units import policy as units_policy
from quiz_app.units import queries as units_queries
from quiz_app.units.models import Unit
from quiz_app.web.paging import USUAL_SIZE, Page

TOLD_FOR = timedelta(days=30)  # whoever signs in first with a renewed password may not be its owner
RENEWING = (policy.Action.PASSWORD_RENEWED.code, policy.Action.SLIP_RENEWED.code)
GONE = (Standing.LEFT.value, Standing.MOVED.value)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against. `password_hash` is None where no account may be opened under this name.

    With `registration_id` it opens no account, but the word about that registration.
    """

    account_id: int | None
    member_id: int | None
    password_hash: str | None
    registration_id: int | None = None
    username: str | None = None


NO_CREDENTIALS = Credentials(None, None, None)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One of the member's own sign-ins."""

    id: int
    user_agent: str
    is_shared_device: bool
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class GrantRow:
    id: int
    role: Role
    unit_id: int
    unit_name: str


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A roster that was applied."""

    unit_name: str
    file_name: str
    added: int
    changed: int
    unchanged: int
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class Renewal:
    """Somebody gave an account a new password, or a slip to choose one; without a name it was done at the server."""

    at: datetime
    by_name: str | None


@dataclass(frozen=True, slots=True)
class RenewalRow:
    """A renewal as those see it who answer for the unit; `by_unit` is that of whoever did it."""

    at: datetime
    is_slip: bool
    full_name: str
    unit_name: str
    by_name: str | None
    by_unit: str | None


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """All that a member sees of himself."""

    member: Member
    unit: Unit
    username: str
    password_hash: str
    grants: list[GrantRow]
    sessions: list[SessionRow]
    consents: dict[Purpose, Consent]
    renewals: list[Renewal]

    @property
    def is_staff(self) -> bool:
        return any(grant.role in policy.STAFF_ROLES for grant in self.grants)

    @property
    def known_digits(self) -> tuple[str, ...]:
        return known_digits(self.member)

    @property
    def born_on(self) -> date | None:
        return self.member.born_on


def known_digits(member: Member) -> tuple[str, ...]:
    """Numbers of the member that others may know, so no PIN may use them."""
    texts = (member.card_number or "", member.phone)
    return tuple("".join(character for character in text if character.isdigit()) for text in texts)


def all_credentials(session: Session, *which: ColumnElement[bool]) -> list[Credentials]:
    """The accounts of this kind, in the order of their ids, save those disabled and those of members who have gone."""
    rows = session.execute(
        select(Account.id, Account.member_id, Account.password_hash, Account.username)
        .join(Member, Member.id == Account.member_id)
        .where(*which, Account.disabled_at.is_(None), Member.standing.not_in(GONE))
        .order_by(Account.id)
    )
    return [Credentials(row.id, row.member_id, row.password_hash, username=row.username) for row in rows]


def choices(session: Session, fitting: Collection[Credentials]) -> list[Choice]:
    """Who is behind these accounts, for the one at the device to say which he is."""
    rows = session.execute(
        select(Account.id, Member.full_name, Account.password_hash)
        .join(Member, Member.id == Account.member_id)
        .where(Account.id.in_([found.account_id for found in fitting]))
        .order_by(Member.sort_key, Account.id)
    )
    return [Choice(row.id, row.full_name, proof_of(row.password_hash)) for row in rows]


def proof_of(password_hash: str) -> str:
    """What may leave the server in place of a stored hash, to say later that it is still the same."""
    return hashlib.sha256(password_hash.encode()).hexdigest()


def own_account(r: Reading) -> OwnAccount:
    """The acting member's own page of data."""
    row = r.session.execute(
        select(Member, Unit, Account)
        .join(Unit, Unit.id == Member.unit_id)
        .join(Account, Account.member_id == Member.id)
        .where(Member.id == r.actor.member)
    ).one_or_none()
    if row is None:
        raise Missing
    member, unit, account = row
    return OwnAccount(
        member=member,
        unit=unit,
        username=account.username,
        password_hash=account.password_hash,
        grants=grants_of(r.session, member.id),
        sessions=own_sessions(r),
        consents=consents_of(r.session, member.id),
        renewals=renewals(r.session, account.id, r.now - TOLD_FOR),
    )


def renewals(session: Session, account_id: int, since: datetime) -> list[Renewal]:
    """Since then, when the account was given a new password or slip and by whom, the latest first."""
    rows = session.execute(
        select(AuditEntry.at, Member.full_name)
        .outerjoin(Member, Member.id == AuditEntry.actor_member_id)
        .where(
            AuditEntry.subject == f"account:{account_id}",
            AuditEntry.action.in_(RENEWING),
            AuditEntry.at >= since,
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    return [Renewal(row.at, row.full_name) for row in rows]


def renewals_seen(r: Reading, unit_id: int | None, number: int, size: int = USUAL_SIZE) -> Page[RenewalRow]:
    """A page of the renewals that the actor sees, the latest first: of a unit and everything below it, or of all."""
    is_slip = AuditEntry.action == policy.Action.SLIP_RENEWED.code
    owner, author, own_unit, author_unit = aliased(Member), aliased(Member), aliased(Unit), aliased(Unit)
    seen = (
        select(AuditEntry.at, is_slip, owner.full_name, own_unit.name, author.full_name, author_unit.name)
        .join(Account, AuditEntry.subject == literal("account:") + cast(Account.id, String))
        .join(owner, owner.id == Account.member_id)
        .join(own_unit, own_unit.id == owner.unit_id)
        .outerjoin(author, author.id == AuditEntry.actor_member_id)
        .outerjoin(author_unit, author_unit.id == author.unit_id)
        .where(
            AuditEntry.action.in_(RENEWING),
            owner.unit_id.in_(policy.units_of_renewals(r.actor)),
        )
    )
    if unit_id is not None:
        seen = seen.where(owner.unit_id.in_(units_queries.subtree_ids(unit_id)))
    total = r.session.scalar(select(func.count()).select_from(seen.with_only_columns(AuditEntry.id).subquery())) or 0
    number = max(1, min(number, -(-total // size)))
    ordered = seen.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    rows = r.session.execute(ordered.limit(size).offset((number - 1) * size))
    return Page([RenewalRow(*row) for row in rows], number, size, total)


def own_sessions(r: Reading) -> list[SessionRow]:
    """The acting member's sign-ins that still open pages, the latest used first."""
    rows = r.session.scalars(
        select(UserSession)
        .where(
            UserSession.account_id == r.actor.account_id,
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > r.now,
        )
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    )
    return [
        SessionRow(
            id=row.id,
            user_agent=row.user_agent,
            is_shared_device=row.is_shared_device,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            is_current=row.id == r.actor.session_id,
        )
        for row in rows
        if (r.now - row.last_seen_at).total_seconds() < row.idle_s
    ]


def grants_of(session: Session, member_id: int) -> list[GrantRow]:
    """The roles that a member holds now."""
    rows = session.execute(
        select(RoleGrant.id, RoleGrant.role, RoleGrant.unit_id, Unit.name)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(RoleGrant.member_id == member_id, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id)
    )
    return [GrantRow(row.id, Role(row.role), row.unit_id, row.name) for row in rows]


def consents_of(session: Session, member_id: int) -> dict[Purpose, Consent]:
    """The consents that hold now."""
    rows = session.scalars(select(Consent).where(Consent.member_id == member_id, Consent.revoked_at.is_(None)))
    return {Purpose(row.purpose): row for row in rows}


def owes_answer(session: Session, member_id: int, version: str) -> bool:
    """Whether the member has yet to read the notices of this version and say what he agrees to."""
    answered = select(Account.notices_version).where(Account.member_id == member_id)
    return session.scalar(answered) != version


def owes_consent(session: Session, member_id: int, purpose: Purpose, version: str) -> bool:
    """Whether the member has yet to be asked about this purpose in these words: neither by the notices nor apart."""
    said = consents_of(session, member_id).get(purpose)
    return owes_answer(session, member_id, version) and (said is None or said.text_version != version)


def has_refused(session: Session, member_id: int, purpose: Purpose) -> bool:
    """Whether the member was asked about this purpose and has not agreed. Who was never asked has refused nothing."""
    return bool(session.scalar(select(refuses(purpose)).where(Member.id == member_id)))


def refuses(purpose: Purpose) -> ColumnElement[bool]:
    """The same as a column of a query about members."""
    asked = exists().where(Account.member_id == Member.id, Account.notices_version.is_not(None))
    agrees = exists().where(
        Consent.member_id == Member.id, Consent.purpose == purpose.value, Consent.revoked_at.is_(None)
    )
    return asked & ~agrees


def visible_member(session: Session, actor: Actor, member_id: int) -> Member:
    """A member whom the actor may know of. Raises Missing."""
    found = session.scalars(
        select(Member).where(Member.id == member_id, Member.id.in_(policy.visible_members(actor)))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def roster(actor: Actor, unit_ids: Select[int] | Collection[int] | None = None, *, search: str = "") -> Select[Member]:
    """The members on the rosters of these units (all the actor covers, without any) in the order of a Vietnamese list.

    Members who have moved or left are left out. `search` finds parts of names without marks, and card numbers.
    """
    wanted = select(Member).where(Member.id.in_(policy.visible_members(actor)), Member.standing.not_in(GONE))
    if unit_ids is not None:
        wanted = wanted.where(Member.unit_id.in_(unit_ids))
    for word in search_key(search).split():
        wanted = wanted.where(
            Member.search_key.contains(word, autoescape=True) | Member.card_number.startswith(word, autoescape=True)
        )
    return wanted.order_by(Member.sort_key, Member.id)


def secretary_of(session: Session, unit_id: int) -> Member | None:
    """The unit's secretary, the latest granted where there are several."""
    return session.scalars(
        select(Member)
        .join(RoleGrant, RoleGrant.member_id == Member.id)
        .where(RoleGrant.unit_id == unit_id, RoleGrant.role == Role.SECRETARY.value, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id.desc())
        .limit(1)
    ).one_or_none()


def last_import(session: Session, unit_id: int) -> RosterImport | None:
    """The last roster that was applied to exactly this unit."""
    return session.scalars(
        select(RosterImport).where(RosterImport.unit_id == unit_id).order_by(RosterImport.id.desc()).limit(1)
    ).one_or_none()


def recent_imports(session: Session, actor: Actor, count: int = 10) -> list[ImportRow]:
    """The latest rosters applied to units of which the actor is organiser."""
    rows = session.execute(
        select(
            Unit.name,
            RosterImport.file_name,
            RosterImport.added,
            RosterImport.changed,
            RosterImport.unchanged,
            RosterImport.applied_at,
        )
        .join(Unit, Unit.id == RosterImport.unit_id)
        .where(RosterImport.unit_id.in_(units_policy.covered_units(actor, Role.ORGANISER)))
        .order_by(RosterImport.id.desc())
        .limit(count)
    )
    return [ImportRow(*row) for row in rows]


def has_operator(session: Session) -> bool:
    """Whether somebody who may sign in is an operator."""
    return bool(
        session.scalar(
            select(
                exists(
                    select(RoleGrant.id)
                    .join(Member, Member.id == RoleGrant.member_id)
                    .join(Account, Account.member_id == Member.id)
                    .where(
                        RoleGrant.role == Role.OPERATOR.value,
                        RoleGrant.revoked_at.is_(None),
                        Account.disabled_at.is_(None),
                        Member.standing.not_in(GONE),
                    )
                )
            )
        )
    )


def operator_ids(session: Session) -> list[int]:
    """The members who hold the operator's role somewhere."""
    held = select(RoleGrant.member_id).where(RoleGrant.role == Role.OPERATOR.value, RoleGrant.revoked_at.is_(None))
    return list(session.scalars(held))


def has_demo_accounts(session: Session) -> bool:
    """Whether accounts with public demo passwords exist: a production start refuses them."""
    return bool(
        session.scalar(
            select(exists(select(Account.id).join(Member, Member.id == Account.member_id).where(Member.is_demo)))
        )
    )
