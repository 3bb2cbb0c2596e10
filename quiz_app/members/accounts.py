"""First accounts for members of a roster, with secrets that are shown once, to be printed on slips."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.db import Database, table_of
from quiz_app.kernel.work import Work, viewing, working
from quiz_app.members import passwords, services
from quiz_app.members.models import Account, Member
from quiz_app.members.policy import Action
from quiz_app.members.queries import GONE
from quiz_app.units import queries as units_queries
from quiz_app.units.models import Unit

BATCH = 64
SECRET_DIGITS = 8
CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that reads like something else: 0 o, 1 l i
CODE_PREFIX = "bt"
CODE_LENGTH = 4
LONGEST_CODE = 10
NO_PASSWORD = ""  # a hash that nothing opens: the account of somebody who has only sat with a helper


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be written: the secret is known to the caller alone, here is its hash."""

    member_id: int
    username: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed for one member, once."""

    unit_name: str
    full_name: str
    username: str
    secret: str


def username_for(member: Member) -> str:
    """The digits of the card, which its owner has at hand; a short code for who has none."""
    return member.card_number.replace(".", "") if member.card_number else code_of(member.id)


def code_of(member_id: int) -> str:
    """The member's short code, which opens his account beside any other name."""
    number, code = member_id, ""
    while number or len(code) < CODE_LENGTH:
        number, rest = divmod(number, len(CODE_LETTERS))
        code = CODE_LETTERS[rest] + code
    return CODE_PREFIX + code


def member_of(code: str) -> int | None:
    """Whose short code this is; None for what is none."""
    letters = code.removeprefix(CODE_PREFIX)
    if letters == code or not CODE_LENGTH <= len(letters) <= LONGEST_CODE or not set(letters) <= set(CODE_LETTERS):
        return None
    number = 0
    for letter in letters:
        number = number * len(CODE_LETTERS) + CODE_LETTERS.index(letter)
    return number if code_of(number) == code else None


def new_secret(member: Member) -> str:
    """A number that nobody can guess from what is known of the member."""
    known = ((member.card_number or "").replace(".", ""), member.phone)
    while True:
        secret = "".join(secrets.choice("0123456789") for _ in range(SECRET_DIGITS))
        if not passwords.problems(secret, is_staff=False, born_on=member.born_on, known_digits=known):
            return secret


def account_of(w: Work, member: Member) -> Account:
    """The member's account. Who has none gets one without a password, until a slip is issued to him."""
    found = w.session.scalars(select(Account).where(Account.member_id == member.id)).one_or_none()
    if found is not None:
        return found
    return services.create_account(w, member.id, username=username_for(member), password_hash=NO_PASSWORD)


def create_accounts(w: Work, accounts: Sequence[NewAccount]) -> None:
    """Write accounts of members who have none, or none with a password, at once."""
    if not accounts:
        return
    rows = [
        {
            "member_id": account.member_id,
            "username": account.username,
            "password_hash": account.password_hash,
            "password_changed_at": w.now,
        }
        for account in accounts
    ]
    dialect = sqlite if w.session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table_of(Account))
    taken = {name: statement.excluded[name] for name in ("username", "password_hash", "password_changed_at")}
    w.session.execute(
        statement.on_conflict_do_update(
            index_elements=["member_id"], set_=taken, where=table_of(Account).c.password_hash == NO_PASSWORD
        ),
        rows,
    )
    w.record(Action.ACCOUNTS_CREATED, "accounts", count=len(rows))


def issue(db: Database, actor: Actor, unit_id: int) -> Iterator[Slip]:
    """Accounts for all members of the unit's subtree whom none lets in yet, with their slips.

    A batch is written before its slips are given, so whoever stops half-way has slips for all that exists and may go on
    later. Raises Missing where the actor is not the unit's organiser.
    """
    while True:
        with viewing(db, actor=actor) as r:
            units_queries.covered_unit(r.session, actor, unit_id, Role.ORGANISER)
            waiting = r.session.execute(
                select(Member, Unit.name)
                .join(Unit, Unit.id == Member.unit_id)
                .where(
                    Member.unit_id.in_(units_queries.subtree_ids(unit_id)),
                    Member.standing.not_in(GONE),
                    Member.id.not_in(select(Account.member_id).where(Account.password_hash != NO_PASSWORD)),
                )
                .order_by(Unit.sort_key, Member.sort_key, Member.id)
                .limit(BATCH)
            ).all()
        if not waiting:
            return
        slips = [Slip(name, member.full_name, username_for(member), new_secret(member)) for member, name in waiting]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            hashes = list(pool.map(passwords.hashed, [slip.secret for slip in slips]))
        new = [
            NewAccount(member.id, slip.username, password_hash)
            for (member, _), slip, password_hash in zip(waiting, slips, hashes, strict=True)
        ]
        with working(db, actor=actor) as w:
            create_accounts(w, new)
        yield from slips
