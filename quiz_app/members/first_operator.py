"""How the first operator of a new installation comes in: by a link from the command line that works once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.text import search_key, sort_key, tidy
from quiz_app.kernel.work import Work, working
from quiz_app.members import passwords, queries, services, throttling
from quiz_app.members.errors import LinkSpent, NameNeeded, OperatorExists
from quiz_app.members.models import Account, Category, Member
from quiz_app.members.policy import Action
from quiz_app.members.sign_ins import open_session, token_hash
from quiz_app.members.staff_models import FirstOperatorLink

LASTS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _Person:
    """Who comes in by a link; without an account of his own yet, `account_id` is None."""

    full_name: str
    account_id: int | None
    member: Member | None


def issue_link(w: Work, *, username: str, full_name: str, unit_id: int) -> str:
    """A token for the first operator, who will have the role on this unit. Links issued before are void.

    Raises OperatorExists; NameNeeded where no account has this name and none is said for whom to make one.
    """
    if queries.has_operator(w.session):
        raise OperatorExists
    name = throttling.username_key(username)
    is_known = w.session.scalar(select(Account.id).where(Account.username == name)) is not None
    if not is_known and not tidy(full_name):
        raise NameNeeded(username=name)
    w.session.execute(delete(FirstOperatorLink).where(FirstOperatorLink.used_at.is_(None)))
    token = secrets.token_urlsafe(32)
    w.session.add(
        FirstOperatorLink(
            token_sha256=token_hash(token),
            username=name,
            full_name=tidy(full_name)[:120],
            unit_id=unit_id,
            created_at=w.now,
            expires_at=w.now + LASTS,
        )
    )
    w.record(Action.FIRST_OPERATOR_INVITED, f"unit:{unit_id}")
    return token


def come_in(db: Database, token: str, password: str, *, user_agent: str, device_sha256: str | None = None) -> str:
    """Use the link: the account, its password, the role, and a session whose token is returned.

    Raises LinkSpent, OperatorExists, BadInput (field `new`).
    """
    with working(db) as w:
        person = _person(w.session, _link(w, token))
    refused = passwords.problems(
        password,
        is_staff=True,
        full_name=person.full_name,
        born_on=person.member.born_on if person.member else None,
    )
    if refused:
        raise BadInput({"new": refused})
    new_hash = passwords.hashed(password)
    with working(db) as w:
        account_id = _use(w, _link(w, token), new_hash)
        return open_session(
            w.session, account_id, w.now, is_shared_device=False, user_agent=user_agent, device_sha256=device_sha256
        )


def _link(w: Work, token: str) -> FirstOperatorLink:
    """The link that this token opens, locked with all others: of two links, too, only one lets in."""
    links = w.session.scalars(select(FirstOperatorLink).order_by(FirstOperatorLink.id).with_for_update()).all()
    wanted = token_hash(token)
    found = next((link for link in links if link.token_sha256 == wanted), None)
    if found is None or found.used_at is not None or w.now >= found.expires_at:
        raise LinkSpent
    if queries.has_operator(w.session):
        raise OperatorExists
    return found


def _person(session: Session, link: FirstOperatorLink) -> _Person:
    row = session.execute(
        select(Account.id, Member).join(Member, Member.id == Account.member_id).where(Account.username == link.username)
    ).one_or_none()
    return _Person(link.full_name, None, None) if row is None else _Person(row[1].full_name, row[0], row[1])


def _use(w: Work, link: FirstOperatorLink, new_hash: str) -> int:
    link.used_at = w.now
    person = _person(w.session, link)
    if person.member is not None and person.account_id is not None:
        member_id, account_id = person.member.id, person.account_id
        services.renew_password(w, account_id, new_hash=new_hash)
    else:
        member_id = _newcomer(w, link).id
        account_id = services.create_account(w, member_id, username=link.username, password_hash=new_hash).id
    services.grant_role(w, member_id, Role.OPERATOR, link.unit_id)
    return account_id


def _newcomer(w: Work, link: FirstOperatorLink) -> Member:
    """A person beside the rosters: whoever runs the machine need not be a Party member, and counts in no turnout."""
    member = Member(
        unit_id=link.unit_id,
        full_name=link.full_name,
        sort_key=sort_key(link.full_name),
        search_key=search_key(link.full_name),
        category=Category.OTHER.value,
        created_at=w.now,
    )
    w.session.add(member)
    w.session.flush()
    return member
