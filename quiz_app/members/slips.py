"""Activation slips: whom they are printed for, what stands on them, and how they are kept.

The secrets of a slip exist on paper alone; they are drawn before the page is made and kept as hashes after it, so that
a slip counts only once its page is there. Whoever prints anew revokes what was printed before.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.members import accounts, throttling, ways
from quiz_app.members.errors import NobodyToPrint, SlipsOutdated
from quiz_app.members.models import Account, ActivationSlip, Member
from quiz_app.members.policy import Action
from quiz_app.members.queries import GONE
from quiz_app.members.ways import Way
from quiz_app.units import policy as units_policy
from quiz_app.units import queries as units_queries
from quiz_app.units.models import Unit

ISSUERS = (Role.SECRETARY, Role.ORGANISER)
VALID_FOR = timedelta(days=14)
TOKEN_BYTES = 32
MOST_WRONG_TRIES = 10  # of the second factor: there are but 366 days in a year
CODE_LETTERS = "ACDEFHJKMNPQRTWXY34679"  # none that reads like another: 0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V
CODE_LENGTH = 12
CODE_GROUP = 4
PER_SHEET = 160  # twenty pages, which take five seconds to make


class State(StrEnum):
    """How a member stands on the way in."""

    INSIDE = "inside"  # he has chosen a secret
    HAS_SLIP = "has_slip"
    NO_SLIP = "no_slip"  # never printed, expired, or worn out
    UNKNOWN = "unknown"  # the roster knows neither his day of birth nor his card: nothing could be asked of him


class Which(StrEnum):
    """Whom slips are printed for."""

    WITHOUT = "without"  # who has no living slip
    OUTSIDE = "outside"  # everybody who has not come in yet; the slips they have die


@dataclass(frozen=True, slots=True)
class Line:
    """A member on the desk of slips. `expires_at` is that of his living slip."""

    member_id: int
    full_name: str
    state: State
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed for one member, once. `code` is the token for people without a camera."""

    member_id: int
    full_name: str
    unit_name: str
    username: str
    token: str
    code: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The slips of one print, not kept yet."""

    unit: Unit
    slips: tuple[Slip, ...]
    issued_at: datetime
    expires_at: datetime


def token_sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def code_mac(code: str, key: str) -> str:
    """What is kept of a code. It is short enough to be tried out, so the hash hangs on the installation's own key."""
    return hmac.new(key.encode(), f"activation:{code}".encode(), hashlib.sha256).hexdigest()


def read_code(typed: str) -> str:
    """The code as it was drawn, however it was typed."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def grouped(code: str) -> str:
    """The code as it is printed: in groups, which are easier to copy."""
    return "-".join(code[first : first + CODE_GROUP] for first in range(0, len(code), CODE_GROUP))


def factors(member: Member) -> frozenset[str]:
    """What a slip asks its owner beside itself, each of four digits: day and month of birth, or the end of his card."""
    born = member.born_on.strftime("%d%m") if member.born_on is not None and not member.born_year_only else ""
    card = (member.card_number or "").replace(".", "")[-4:]
    return frozenset({born, card} - {""})


def is_alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What holds of a slip that lets its owner in at this instant."""
    return (
        ActivationSlip.used_at.is_(None),
        ActivationSlip.revoked_at.is_(None),
        ActivationSlip.expires_at > now,
        ActivationSlip.wrong_tries < MOST_WRONG_TRIES,
    )


def member_named(session: Session, typed: str) -> int | None:
    """Whom a card number, a name of an account or a short code means, whether he has an account or not."""
    key = throttling.username_key(typed)
    digits = "".join(letter for letter in key if letter.isdigit())
    by_name = select(Account.member_id).where(Account.username == key)
    by_card = select(Member.id).where(Member.card_number == f"{digits[:2]}.{digits[2:]}")
    return session.scalar(by_name) or session.scalar(by_card) or accounts.member_of(key)


def lines(r: Reading, unit_id: int) -> list[Line]:
    """The members on the roster of exactly this unit, in its order. Raises Missing where the actor issues none here."""
    units_queries.covered_unit(r.session, r.actor, unit_id, *ISSUERS)
    members = r.session.scalars(_on_roster(unit_id).order_by(Member.sort_key, Member.id)).all()
    inside = _inside(r.session, [member.id for member in members])
    living = _living(r.session, [member.id for member in members], r.now)
    return [
        Line(member.id, member.full_name, _state(member, inside, living), living.get(member.id)) for member in members
    ]


def counts(session: Session, unit_ids: Select[int], now: datetime) -> dict[int, tuple[int, int, int]]:
    """By unit: how many stand on the roster, how many have come in, how many have a living slip."""
    alive = (
        select(ActivationSlip.member_id)
        .where(*is_alive(now))
        .join(Member, Member.id == ActivationSlip.member_id)
        .where(Member.unit_id.in_(unit_ids))
    )
    inside = select(Account.member_id).where(Account.password_hash != accounts.NO_PASSWORD)
    rows = session.execute(
        select(
            Member.unit_id,
            func.count(),
            func.count().filter(Member.id.in_(inside)),
            func.count().filter(Member.id.in_(alive)),
        )
        .where(Member.unit_id.in_(unit_ids), Member.standing.not_in(GONE))
        .group_by(Member.unit_id)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def waiting(unit_ids: Select[int], which: Which, now: datetime) -> Select[Member]:
    """The members of these units for whom slips are printed, in the order of a list."""
    inside = select(Account.member_id).where(Account.password_hash != accounts.NO_PASSWORD)
    may_be_asked = Member.card_number.is_not(None) | (Member.born_on.is_not(None) & Member.born_year_only.is_(False))
    found = select(Member).where(
        Member.unit_id.in_(unit_ids), Member.standing.not_in(GONE), Member.id.not_in(inside), may_be_asked
    )
    if which is Which.WITHOUT:
        found = found.where(Member.id.not_in(select(ActivationSlip.member_id).where(*is_alive(now))))
    return found.order_by(Member.sort_key, Member.id)


def covered(actor: Actor, unit_id: int, *, with_below: bool) -> Select[int]:
    """The ids of the unit, or of it and all below it, as far as the actor prints there."""
    scope = units_policy.covered_units(actor, *ISSUERS)
    return scope.where(Unit.id.in_(units_queries.subtree_ids(unit_id)) if with_below else Unit.id == unit_id)


def draw_for_unit(r: Reading, unit_id: int, which: Which) -> Sheet:
    """New slips for members of exactly this unit who have not come in. Raises Missing, NobodyToPrint."""
    unit = units_queries.covered_unit(r.session, r.actor, unit_id, *ISSUERS)
    own = covered(r.actor, unit_id, with_below=False)
    return _draw(r, unit, r.session.scalars(waiting(own, which, r.now)).all())


def draw_for_units(r: Reading, unit_ids: Select[int], which: Which) -> list[Sheet]:
    """The same for each of several units, in the order of the tree, none of its sheets longer than PER_SHEET."""
    people: dict[int, list[Member]] = {}
    for member in r.session.scalars(waiting(unit_ids, which, r.now)):
        people.setdefault(member.unit_id, []).append(member)
    units = {unit.id: unit for unit in r.session.scalars(select(Unit).where(Unit.id.in_(unit_ids)))}
    return [
        _draw(r, units[row.id], people[row.id][first : first + PER_SHEET])
        for row in units_queries.units(r.session, unit_ids)
        for first in range(0, len(people.get(row.id, ())), PER_SHEET)
    ]


def draw_for_member(r: Reading, member_id: int) -> Sheet:
    """A new slip for one member, who may have come in before and lost his secret. Raises Missing, NobodyToPrint."""
    member = r.session.get(Member, member_id)
    if member is None or member.standing in GONE:
        raise Missing
    unit = units_queries.covered_unit(r.session, r.actor, member.unit_id, *ISSUERS)
    return _draw(r, unit, [member] if factors(member) else [])


def keep(w: Work, sheet: Sheet, key: str) -> None:
    """From now on these slips let in, and no others of their members. `key` is the installation's.

    Raises Missing, and SlipsOutdated where one of the members has left the unit's roster meanwhile.
    """
    units_queries.covered_unit(w.session, w.actor, sheet.unit.id, *ISSUERS)
    ids = [slip.member_id for slip in sheet.slips]
    still = w.session.scalars(
        _on_roster(sheet.unit.id).where(Member.id.in_(ids)).order_by(Member.id).with_for_update()
    ).all()
    if len(still) != len(ids):
        raise SlipsOutdated
    _give_accounts(w, sheet.slips)
    renewed = _inside(w.session, ids) | set(
        w.session.scalars(select(ActivationSlip.member_id).where(ActivationSlip.member_id.in_(ids)))
    )
    revoke(w, ids)
    new = [
        ActivationSlip(
            member_id=slip.member_id,
            token_sha256=token_sha256(slip.token),
            code_mac=code_mac(slip.code, key),
            issued_at=w.now,
            issued_by=w.actor.member_id,
            expires_at=sheet.expires_at,
        )
        for slip in sheet.slips
    ]
    w.session.add_all(new)
    w.session.flush()
    w.record(Action.SLIPS_ISSUED, f"unit:{sheet.unit.id}", count=len(new))
    account_ids = _account_ids(w.session, renewed)
    for row in new:
        if row.member_id in renewed:
            w.record(Action.SLIP_RENEWED, f"account:{account_ids[row.member_id]}", slip_id=row.id)


def revoke(w: Work, member_ids: Collection[int]) -> None:
    """End the living slips of these members."""
    w.session.execute(
        update(ActivationSlip)
        .where(
            ActivationSlip.member_id.in_(member_ids),
            ActivationSlip.used_at.is_(None),
            ActivationSlip.revoked_at.is_(None),
        )
        .values(revoked_at=w.now)
        .execution_options(synchronize_session=False)
    )


def _draw(r: Reading, unit: Unit, members: Sequence[Member]) -> Sheet:
    if not members:
        raise NobodyToPrint
    member_ids = [member.id for member in members]
    names = dict(
        r.session.execute(select(Account.member_id, Account.username).where(Account.member_id.in_(member_ids))).all()
    )
    opened = ways.allowed(r.session, r.now)
    drawn = [
        Slip(
            member_id=member.id,
            full_name=member.full_name,
            unit_name=unit.name,
            username=_name_to_print(member, names.get(member.id) or accounts.username_for(member), opened),
            token=secrets.token_urlsafe(TOKEN_BYTES),
            code="".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)),
        )
        for member in members
    ]
    return Sheet(unit, tuple(drawn), r.now, r.now + VALID_FOR)


def _name_to_print(member: Member, username: str, opened: Collection[Way]) -> str:
    is_card = username == (member.card_number or "").replace(".", "")
    return accounts.code_of(member.id) if is_card and Way.CARD not in opened else username


def _give_accounts(w: Work, slips: Sequence[Slip]) -> None:
    have = set(w.session.scalars(select(Account.member_id).where(Account.member_id.in_([s.member_id for s in slips]))))
    accounts.create_accounts(
        w,
        [
            accounts.NewAccount(slip.member_id, slip.username, accounts.NO_PASSWORD)
            for slip in slips
            if slip.member_id not in have
        ],
    )


def _account_ids(session: Session, member_ids: Collection[int]) -> dict[int, int]:
    return dict(session.execute(select(Account.member_id, Account.id).where(Account.member_id.in_(member_ids))).all())


def _on_roster(unit_id: int) -> Select[Member]:
    return select(Member).where(Member.unit_id == unit_id, Member.standing.not_in(GONE))


def _inside(session: Session, member_ids: Collection[int]) -> set[int]:
    return set(
        session.scalars(
            select(Account.member_id).where(
                Account.member_id.in_(member_ids), Account.password_hash != accounts.NO_PASSWORD
            )
        )
    )


def _living(session: Session, member_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    return dict(
        session.execute(
            select(ActivationSlip.member_id, ActivationSlip.expires_at).where(
                ActivationSlip.member_id.in_(member_ids), *is_alive(now)
            )
        ).all()
    )


def _state(member: Member, inside: set[int], living: dict[int, datetime]) -> State:
    if member.id in inside:
        return State.INSIDE
    if not factors(member):
        return State.UNKNOWN
    return State.HAS_SLIP if member.id in living else State.NO_SLIP
