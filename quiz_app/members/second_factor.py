"""The second factor of staff: codes of an authenticator (RFC 6238), and recovery codes for who has lost it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from pyotp import TOTP, random_base32
from sqlalchemy import case, delete, func, or_, select, update

from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing, NotAllowed
from quiz_app.kernel.sealing import Unreadable, seal, unseal
from quiz_app.kernel.work import Reading, Work, working
from quiz_app.members import services, throttling
from quiz_app.members.accounts import CODE_LETTERS
from quiz_app.members.errors import SecondFactorDemanded, SecondFactorHeld, WrongCode
from quiz_app.members.models import Account, Member, UserSession
from quiz_app.members.policy import Action
from quiz_app.members.sign_ins import token_hash
from quiz_app.members.staff_models import RecoveryCode, SecondFactor
from quiz_app.units import queries as units_queries

STEP_S = 30
DIGITS = 6
RECOVERY_CODES = 10
RECOVERY_GROUPS, GROUP_LETTERS = 4, 4
PURPOSE = "second-factor"


@dataclass(frozen=True, slots=True)
class State:
    """How the actor stands: `secret` only while it waits to be confirmed."""

    is_enrolled: bool
    is_passed: bool
    secret: str | None
    codes_left: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A session whose second factor was right goes on under a new token; `codes` are shown this once."""

    token: str
    is_shared_device: bool
    codes: Sequence[str] = ()


def state(r: Reading, keys: Sequence[str], *, is_due: bool) -> State:
    """Where the actor stands with his second factor in this session; `is_due` where it has to be shown once more."""
    row = r.session.get(SecondFactor, r.actor.account_id)
    passed = r.session.scalar(select(UserSession.second_factor_at).where(UserSession.id == r.actor.session_id))
    left = r.session.scalar(
        select(func.count()).where(RecoveryCode.account_id == r.actor.account_id, RecoveryCode.used_at.is_(None))
    )
    is_enrolled = row is not None and row.confirmed_at is not None
    return State(
        is_enrolled=is_enrolled,
        is_passed=passed is not None and not is_due,
        secret=_unsealed(row, keys) if row is not None and not is_enrolled else None,
        codes_left=left or 0,
    )


def address(secret: str, *, username: str, site_name: str) -> str:
    """What an authenticator on the same device takes the secret from."""
    return TOTP(secret, digits=DIGITS, interval=STEP_S).provisioning_uri(name=username, issuer_name=site_name)


def offer(w: Work, keys: Sequence[str]) -> None:
    """Make a new secret for the actor to put into his authenticator. Raises SecondFactorHeld."""
    row = w.session.get(SecondFactor, w.actor.account_id, with_for_update=True)
    if row is not None and row.confirmed_at is not None:
        raise SecondFactorHeld
    sealed = seal(keys, PURPOSE, random_base32())
    if row is not None:
        row.secret, row.offered_at = sealed, w.now
        return
    w.session.add(SecondFactor(account_id=w.actor.account_id, secret=sealed, offered_at=w.now))


def confirm(db: Database, actor: Actor, code: str, keys: Sequence[str]) -> Opened:
    """Enrol by a first right code; the actor's other sessions end. Raises SecondFactorHeld, WrongCode, TooManyTries."""
    _count(db, actor)
    with working(db, actor=actor) as w:
        row = w.session.get(SecondFactor, actor.account_id, with_for_update=True)
        if row is None:
            raise WrongCode
        if row.confirmed_at is not None:
            raise SecondFactorHeld
        _use_up(w, row, code, keys)
        row.confirmed_at = w.now
        services.end_other_sessions(w)
        w.record(Action.SECOND_FACTOR_ENROLLED, f"account:{actor.account_id}")
        return _opened(w, _new_codes(w))


def show(db: Database, actor: Actor, code: str, keys: Sequence[str]) -> Opened:
    """Wake the actor's roles in this session by a code of either kind. Raises Missing, WrongCode, TooManyTries."""
    _count(db, actor)
    with working(db, actor=actor) as w:
        is_recovery = _prove(w, code, keys)
        w.record(Action.SECOND_FACTOR_SHOWN, f"account:{actor.account_id}", is_recovery=is_recovery)
        return _opened(w)


def renew_codes(db: Database, actor: Actor, code: str, keys: Sequence[str]) -> Opened:
    """New recovery codes in place of all before. Raises Missing, WrongCode, TooManyTries."""
    _count(db, actor)
    with working(db, actor=actor) as w:
        _prove(w, code, keys)
        w.record(Action.RECOVERY_CODES_RENEWED, f"account:{actor.account_id}")
        return _opened(w, _new_codes(w))


def remove(db: Database, actor: Actor, code: str, keys: Sequence[str], *, is_demanded: bool) -> None:
    """Do without from now on; the actor's other sessions end.

    Raises SecondFactorDemanded, Missing, WrongCode, TooManyTries.
    """
    if is_demanded:
        raise SecondFactorDemanded
    _count(db, actor)
    with working(db, actor=actor) as w:
        _prove(w, code, keys)
        _forget(w, actor.account_id)
        services.end_other_sessions(w)
        w.session.execute(
            update(UserSession)
            .where(UserSession.id == actor.session_id)
            .values(second_factor_at=None, awaits_second_factor=False)
        )
        w.record(Action.SECOND_FACTOR_REMOVED, f"account:{actor.account_id}")


def of_member(r: Reading, member_id: int) -> int:
    """The account of a member who has a second factor that the actor, an operator, may reset. Raises Missing."""
    row = r.session.execute(
        select(Account.id, Member.unit_id)
        .join(Member, Member.id == Account.member_id)
        .join(SecondFactor, SecondFactor.account_id == Account.id)
        .where(Member.id == member_id, SecondFactor.confirmed_at.is_not(None))
    ).one_or_none()
    if row is None:
        raise Missing
    units_queries.covered_unit(r.session, r.actor, row.unit_id, Role.OPERATOR)
    return int(row.id)


def is_held(r: Reading, member_id: int) -> bool:
    """Whether the member has one."""
    found = (
        select(SecondFactor.account_id)
        .join(Account, Account.id == SecondFactor.account_id)
        .where(Account.member_id == member_id, SecondFactor.confirmed_at.is_not(None))
    )
    return r.session.scalar(found) is not None


def reset(w: Work, member_id: int) -> None:
    """Take the second factor of somebody who has lost it; all his sessions end, and he is told when he comes back.

    Raises Missing, and NotAllowed for one's own: who can show his removes it himself.
    """
    if member_id == w.actor.member_id:
        raise NotAllowed
    account_id = of_member(w, member_id)
    _forget(w, account_id)
    services.end_member_sessions(w, member_id)
    w.record(Action.SECOND_FACTOR_RESET, f"account:{account_id}")


def _key(actor: Actor) -> str:
    """Tries are counted like those of passwords; no name at the sign-in has capitals, so nobody else counts here."""
    return f"2FA:{actor.account_id}"


def _count(db: Database, actor: Actor) -> None:
    """Before the code is looked at, so that parallel guesses cannot outrun the count."""
    with working(db, actor=actor) as w:
        throttling.count_try(w, _key(actor))


def _prove(w: Work, code: str, keys: Sequence[str]) -> bool:
    """Use up a code of either kind; whether it was a recovery code. Raises Missing, WrongCode."""
    row = w.session.get(SecondFactor, w.actor.account_id, with_for_update=True)
    if row is None or row.confirmed_at is None:
        raise Missing
    typed = "".join(code.split())
    if len(typed) == DIGITS:
        _use_up(w, row, typed, keys)
        return False
    spent = w.session.scalars(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == w.actor.account_id,
            RecoveryCode.code_sha256 == _recovery_hash(typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=w.now)
        .returning(RecoveryCode.id)
    ).one_or_none()
    if spent is None:
        raise WrongCode
    return True


def _unsealed(row: SecondFactor, keys: Sequence[str]) -> str | None:
    """None where the key that sealed it is gone: then a recovery code opens, or an operator resets."""
    try:
        return unseal(keys, PURPOSE, row.secret)
    except Unreadable:
        return None


def _use_up(w: Work, row: SecondFactor, code: str, keys: Sequence[str]) -> None:
    """A code is good for its own half minute, and once. Raises WrongCode."""
    typed = "".join(code.split())
    step = int(w.now.timestamp()) // STEP_S
    secret = _unsealed(row, keys)
    if secret is None or not typed.isascii():
        raise WrongCode
    if not TOTP(secret, digits=DIGITS, interval=STEP_S).verify(typed, for_time=w.now, valid_window=0):
        raise WrongCode
    unused = or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step)
    taken = w.session.scalars(
        update(SecondFactor)
        .where(SecondFactor.account_id == row.account_id, unused)
        .values(last_step=step)
        .returning(SecondFactor.account_id)
    ).one_or_none()
    if taken is None:
        raise WrongCode


def _opened(w: Work, codes: Sequence[str] = ()) -> Opened:
    throttling.forgive(w, _key(w.actor))
    token = secrets.token_urlsafe(32)
    is_shared = w.session.scalars(
        update(UserSession)
        .where(UserSession.id == w.actor.session_id, UserSession.revoked_at.is_(None))
        .values(
            token_sha256=token_hash(token),
            second_factor_at=w.now,
            awaits_second_factor=False,
            proved_at=case((UserSession.proved_at.is_not(None), w.now)),  # after a rest the password is asked as well
        )
        .returning(UserSession.is_shared_device)
    ).one_or_none()
    if is_shared is None:
        raise Missing
    return Opened(token, is_shared, codes)


def _new_codes(w: Work) -> list[str]:
    w.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == w.actor.account_id))
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    w.session.add_all(RecoveryCode(account_id=w.actor.account_id, code_sha256=_recovery_hash(code)) for code in codes)
    return codes


def _new_code() -> str:
    """79 random bits: nobody finds it from its hash."""
    groups = ("".join(secrets.choice(CODE_LETTERS) for _ in range(GROUP_LETTERS)) for _ in range(RECOVERY_GROUPS))
    return "-".join(groups)


def _recovery_hash(code: str) -> str:
    return token_hash(code.lower().replace("-", ""))


def _forget(w: Work, account_id: int | None) -> None:
    w.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    w.session.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))
