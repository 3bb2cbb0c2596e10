"""Accounts of the members of a roster: their names, and secrets that nobody can guess."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from quiz_app.kernel.db import insert_into, table_of
from quiz_app.kernel.work import Work
from quiz_app.members import passwords, services
from quiz_app.members.models import Account, Member
from quiz_app.members.policy import Action

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
    statement = insert_into(w.session, Account)
    taken = {name: statement.excluded[name] for name in ("username", "password_hash", "password_changed_at")}
    w.session.execute(
        statement.on_conflict_do_update(
            index_elements=["member_id"], set_=taken, where=table_of(Account).c.password_hash == NO_PASSWORD
        ),
        rows,
    )
    w.record(Action.ACCOUNTS_CREATED, "accounts", count=len(rows))
