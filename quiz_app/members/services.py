"""Changes of accounts, sign-ins, roles and consents. Passwords arrive here hashed: see `passwords`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError

from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import Missing, NotAllowed
from quiz_app.kernel.prepared import together
from quiz_app.kernel.work import Work
from quiz_app.members import entering, history, queries, throttling
from quiz_app.members.errors import (
    HasAccount,
    LastOperator,
    OwnRole,
    PasswordChanged,
    RoleHeld,
    RoleOnClosedUnit,
    UsernameTaken,
    WrongCredentials,
)
from quiz_app.members.models import Account, Consent, Member, MemberField, Purpose, RoleGrant, UserSession
from quiz_app.members.policy import GOVERNING_ROLES, Action
from quiz_app.members.sign_ins import open_session
from quiz_app.units import queries as units_queries
from quiz_app.units.errors import UnitClosed
from quiz_app.units.tree import hold_open


def sign_in(
    w: Work,
    found: queries.Credentials,
    *,
    is_shared_device: bool,
    user_agent: str,
    new_hash: str | None = None,
    device_sha256: str | None = None,
) -> str:
    """Open a session for credentials whose password was checked a moment ago; the token for the browser.

    `new_hash` replaces a hash made with outdated parameters. Raises WrongCredentials where the account has changed
    since it was read.
    """
    if found.account_id is None or entering.held_credentials(w.session, found.account_id) != found:
        raise WrongCredentials
    if new_hash is not None:
        w.session.execute(update(Account).where(Account.id == found.account_id).values(password_hash=new_hash))
    w.session.flush()
    with together(w.session):
        throttling.forgive(w, found.username or "")
        w.record_at_once(Action.SIGNED_IN, f"account:{found.account_id}", is_shared_device=is_shared_device)
        return open_session(
            w.session,
            found.account_id,
            w.now,
            is_shared_device=is_shared_device,
            user_agent=user_agent,
            device_sha256=device_sha256,
        )


def sign_out(w: Work) -> None:
    """End the session that this request came with: a copy of its cookie is dead from now on."""
    if w.actor.session_id is None:
        return
    _end_sessions(w, UserSession.id == w.actor.session_id)
    w.record(Action.SIGNED_OUT, f"account:{w.actor.account_id}", session_id=w.actor.session_id)


def end_session(w: Work, session_id: int) -> None:
    """End one of the actor's own sign-ins. Raises Missing for any other."""
    ended = _end_sessions(w, UserSession.id == session_id, UserSession.account_id == w.actor.account_id)
    if not ended:
        raise Missing
    w.record(Action.SESSION_ENDED, f"account:{w.actor.account_id}", session_id=session_id)


def prove(w: Work) -> None:
    """Note that whoever sits at the actor's session has just shown the password, which was checked outside."""
    w.session.execute(update(UserSession).where(UserSession.id == w.actor.session_id).values(proved_at=w.now))
    w.record(Action.PROVED, f"account:{w.actor.account_id}", session_id=w.actor.session_id)


def change_password(w: Work, *, seen_hash: str, new_hash: str) -> int:
    """Replace the actor's password and end his other sessions; how many. `seen_hash` was checked outside.

    Raises PasswordChanged where the password is no longer the one that was checked.
    """
    changed = w.session.execute(
        update(Account)
        .where(Account.id == w.actor.account_id, Account.password_hash == seen_hash)
        .values(password_hash=new_hash, password_changed_at=w.now)
        .returning(Account.id, Account.username)
    ).one_or_none()
    if changed is None:
        raise PasswordChanged
    throttling.forgive(w, changed.username)
    ended = end_other_sessions(w)
    w.record(Action.PASSWORD_CHANGED, f"account:{changed.id}", sessions_ended=ended)
    return ended


def renew_password(w: Work, account_id: int, *, new_hash: str) -> int:
    """Give an account a new password after its owner has lost his; all its sessions end; how many. Raises Missing."""
    account = w.session.get(Account, account_id)
    if account is None:
        raise Missing
    account.password_hash, account.password_changed_at = new_hash, w.now
    ended = _end_sessions(w, UserSession.account_id == account.id)
    w.record(Action.PASSWORD_RENEWED, f"account:{account.id}", sessions_ended=ended)
    return ended


def choose_secret(w: Work, member_id: int, *, new_hash: str, slip_id: int, by: int | None) -> Account:
    """Give the owner of a slip, which has just been used up, the secret he chose; every session of his ends."""
    account = w.session.scalars(select(Account).where(Account.member_id == member_id).with_for_update()).one()
    account.password_hash, account.password_changed_at = new_hash, w.now
    throttling.forgive(w, account.username)
    ended = _end_sessions(w, UserSession.account_id == account.id)
    w.record(Action.ACTIVATED, f"account:{account.id}", slip_id=slip_id, issued_by=by, sessions_ended=ended)
    return account


def create_account(w: Work, member_id: int, *, username: str, password_hash: str) -> Account:
    """Give a member an account. Raises Missing, HasAccount, UsernameTaken."""
    member = w.session.get(Member, member_id)
    if member is None:
        raise Missing
    if w.session.scalar(select(Account.id).where(Account.member_id == member_id)) is not None:
        raise HasAccount(name=member.full_name)
    account = Account(
        member_id=member_id,
        username=throttling.username_key(username),
        password_hash=password_hash,
        password_changed_at=w.now,
    )
    try:
        with w.session.begin_nested():
            w.session.add(account)
            w.session.flush()
    except IntegrityError as error:
        raise UsernameTaken(username=account.username) from error
    w.record(Action.ACCOUNT_CREATED, f"account:{account.id}", member_id=member_id)
    return account


def grant_role(w: Work, member_id: int, role: Role, unit_id: int) -> RoleGrant:
    """Let a member hold a role on a unit; his sessions end, so that he comes back with it.

    Organisers and operators give roles to members of their subtree on open units of it; the operator's is an operator's
    to give. Raises Missing, OwnRole, NotAllowed, RoleOnClosedUnit, RoleHeld.
    """
    member = _governed(w, member_id, role, unit_id)
    try:
        hold_open(w, unit_id)
    except UnitClosed as closed:
        raise RoleOnClosedUnit(**closed.facts) from None
    grant = RoleGrant(
        member_id=member_id, role=role.value, unit_id=unit_id, granted_at=w.now, granted_by=w.actor.member_id
    )
    try:
        with w.session.begin_nested():
            w.session.add(grant)
            w.session.flush()
    except IntegrityError as error:
        raise RoleHeld(name=member.full_name) from error
    end_member_sessions(w, member_id)
    w.record(Action.ROLE_GRANTED, f"member:{member_id}", role=role.value, unit_id=unit_id)
    return grant


def revoke_role(w: Work, grant_id: int) -> RoleGrant:
    """Take a role back; the member's sessions end. Raises Missing, OwnRole, NotAllowed, LastOperator."""
    with keeping_an_operator(w):
        grant = w.session.get(RoleGrant, grant_id, with_for_update=True)
        if grant is None or grant.revoked_at is not None:
            raise Missing
        _governed(w, grant.member_id, Role(grant.role), grant.unit_id)
        end_role(w, grant)
    return grant


def end_role(w: Work, grant: RoleGrant) -> None:
    """End a role, and its holder's sessions. The caller has asked who may."""
    grant.revoked_at = w.now
    end_member_sessions(w, grant.member_id)
    w.record(Action.ROLE_REVOKED, f"member:{grant.member_id}", role=grant.role, unit_id=grant.unit_id)


def give_consent(w: Work, purpose: Purpose, text_version: str, member_id: int | None = None) -> None:
    """Keep the actor's yes to the words of this version; again for the same version changes nothing.

    `member_id`: whose yes it is where the actor, who may help him, writes it down for him.
    """
    owner_id = member_id or w.actor.member
    held = queries.consents_of(w.session, owner_id).get(purpose)
    if held is not None and held.text_version == text_version:
        return
    if held is not None:
        held.revoked_at = w.now
    w.session.add(Consent(member_id=owner_id, purpose=purpose.value, text_version=text_version, given_at=w.now))
    w.record(Action.CONSENT_GIVEN, f"member:{owner_id}", purpose=purpose.value, text_version=text_version)


def revoke_consent(w: Work, purpose: Purpose, member_id: int | None = None) -> None:
    """Take a yes back, from now on; without one nothing happens. It is the actor's, or his who asked for it."""
    owner_id = member_id or w.actor.member
    held = queries.consents_of(w.session, owner_id).get(purpose)
    if held is None:
        return
    held.revoked_at = w.now
    w.record(Action.CONSENT_REVOKED, f"member:{owner_id}", purpose=purpose.value)


def answer_notices(w: Work, agreed: Collection[Purpose], version: str) -> None:
    """Keep that the actor has read the notices of this version, and exactly what he agreed to."""
    for purpose in Purpose:
        if purpose in agreed:
            give_consent(w, purpose, version)
        else:
            revoke_consent(w, purpose)
    w.session.execute(update(Account).where(Account.member_id == w.actor.member).values(notices_version=version))
    w.record(Action.NOTICES_READ, f"member:{w.actor.member}", version=version)


def move_member(w: Work, member_id: int, *, from_unit_id: int, to_unit_id: int, reason: str = "") -> bool:
    """Put a member on another unit's roster; False where he no longer stands on the one he should leave.

    The caller has asked who may. His roles, each granted on a unit, stay as they are. Raises Missing, UnitClosed.
    """
    hold_open(w, to_unit_id)
    moved = w.session.scalars(
        update(Member)
        .where(Member.id == member_id, Member.unit_id == from_unit_id)
        .values(unit_id=to_unit_id)
        .returning(Member.id)
    ).one_or_none()
    if moved is None:
        return False
    history.note(w, member_id, MemberField.UNIT, (from_unit_id, to_unit_id), reason)
    w.record(Action.MEMBER_MOVED, f"member:{member_id}", from_unit_id=from_unit_id, to_unit_id=to_unit_id)
    return True


def _governed(w: Work, member_id: int, role: Role, unit_id: int) -> Member:
    member = w.session.get(Member, member_id)
    if member is None:
        raise Missing
    units_queries.unit(w.session, unit_id)
    if w.actor.is_system:
        return member
    if member_id == w.actor.member_id:
        raise OwnRole
    concerned = (member.unit_id, unit_id)
    for asked in concerned:
        units_queries.covered_unit(w.session, w.actor, asked, *GOVERNING_ROLES)
    if role is not Role.OPERATOR:
        return member
    if not all(units_queries.does_cover(w.session, w.actor, asked, Role.OPERATOR) for asked in concerned):
        raise NotAllowed
    return member


@contextmanager
def keeping_an_operator(w: Work) -> Iterator[None]:
    """Whatever is done to roles and people in this block leaves an operator who may sign in; else nothing of it is.

    Raises LastOperator. Their grants are held, so that of two operators who take the role from each other one stays.
    """
    w.session.execute(
        select(RoleGrant.id)
        .where(RoleGrant.role == Role.OPERATOR.value, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id)
        .with_for_update()
    )
    had = queries.has_operator(w.session)
    with w.session.begin_nested():
        yield
        w.session.flush()
        if had and not queries.has_operator(w.session):
            raise LastOperator


def end_member_sessions(w: Work, member_id: int) -> int:
    """End all sign-ins of a member; how many."""
    accounts = select(Account.id).where(Account.member_id == member_id)
    return _end_sessions(w, UserSession.account_id.in_(accounts))


def end_other_sessions(w: Work) -> int:
    """End the actor's sessions but the one he acts in; how many."""
    return _end_sessions(w, UserSession.account_id == w.actor.account_id, UserSession.id != w.actor.session_id)


def _end_sessions(w: Work, *which: ColumnElement[bool]) -> int:
    ended = w.session.scalars(
        update(UserSession)
        .where(UserSession.revoked_at.is_(None), *which)
        .values(revoked_at=w.now)
        .returning(UserSession.id)
    ).all()
    return len(ended)
