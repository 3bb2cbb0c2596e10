"""Coming in by a slip: it is checked together with a second factor, and then opens the choice of a secret, once.

Each try is counted before anything is looked at, under what was typed, so that a code which exists rests like one that
does not. Tries of the second factor also wear the slip itself out: its finder may not go through the days of a year.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from quiz_app.kernel.access import NOBODY, Actor
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Work, working
from quiz_app.members import passwords, policy, queries, services, slips, throttling
from quiz_app.members.errors import WrongSlip
from quiz_app.members.models import Account, ActivationSlip, Member
from quiz_app.members.sign_ins import open_session
from quiz_app.units.models import Unit


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody brings: the token of the QR code or, without one, the code as typed; and the second factor."""

    token: str
    code: str
    factor: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose slip it is, as he is told before he chooses his secret."""

    slip_id: int
    member_id: int
    full_name: str
    unit_name: str
    username: str
    is_staff: bool
    born_on: date | None
    known_digits: tuple[str, ...]


def read_factor(typed: str) -> str:
    """Four digits as they are compared: `5/9`, `05/09/1957`, `0509` and the end of a card number."""
    parts = re.findall(r"\d+", typed)
    if len(parts) > 1:
        return "".join(part.zfill(2) for part in parts[:2])
    digits = parts[0] if parts else ""
    return digits if len(digits) <= len("ddmm") else digits[: len("ddmm")]


def check(db: Database, keys: Sequence[str], proof: Proof) -> Owner:
    """Whose slip this is. `keys` are the installation's own, those that were its keys before included.

    Raises TooManyTries while what was typed rests, else WrongSlip: the same for a slip that is unknown, used, expired,
    replaced or worn out, for a wrong second factor, and for an account that is disabled.
    """
    with working(db, actor=NOBODY) as w:
        throttling.count_try(w, _resting_name(keys, proof))
        owner = _owner(w, keys, proof)
    if owner is None:
        raise WrongSlip
    with working(db, actor=NOBODY) as w:
        throttling.forgive(w, _resting_name(keys, proof))
    return owner


def activate(
    db: Database,
    keys: Sequence[str],
    proof: Proof,
    new: str,
    *,
    is_shared_device: bool,
    user_agent: str,
    replaced_session_id: int | None = None,
    device_sha256: str | None = None,
) -> str:
    """Use the slip up: its member has this secret from now on and is signed in here alone; the browser's token.

    Of two at once one wins. One hash is made whatever comes of it. Raises as `check` does, and BadInput (field `new`)
    for a secret that cannot be taken: the slip stays alive.
    """
    try:
        owner = check(db, keys, proof)
    except WrongSlip:
        passwords.hashed(new)
        raise
    refused = passwords.problems(
        new,
        is_staff=owner.is_staff,
        full_name=owner.full_name,
        born_on=owner.born_on,
        known_digits=owner.known_digits,
    )
    if refused:
        raise BadInput({"new": refused})
    new_hash = passwords.hashed(new)
    with working(db, actor=Actor(session_id=replaced_session_id)) as w:
        used = w.session.scalars(
            update(ActivationSlip)
            .where(ActivationSlip.id == owner.slip_id, *slips.is_alive(w.now))
            .values(used_at=w.now)
            .returning(ActivationSlip.issued_by)
        ).all()
        if not used:
            raise WrongSlip
        account = services.choose_secret(w, owner.member_id, new_hash=new_hash, slip_id=owner.slip_id, by=used[0])
        services.sign_out(w)  # the account, then the count of its tries, then sessions: as in `credentials`
        return open_session(
            w.session,
            account.id,
            w.now,
            is_shared_device=is_shared_device,
            user_agent=user_agent,
            device_sha256=device_sha256,
        )


def _resting_name(keys: Sequence[str], proof: Proof) -> str:
    """The name under which tries are counted. Of a code it tells no more than the slip's own row does."""
    if proof.token:
        return throttling.slip_key(slips.token_sha256(proof.token))
    return throttling.slip_key(slips.code_mac(slips.read_code(proof.code), keys[0]))


def _owner(w: Work, keys: Sequence[str], proof: Proof) -> Owner | None:
    if proof.token:
        is_named = ActivationSlip.token_sha256 == slips.token_sha256(proof.token)
    else:
        code = slips.read_code(proof.code)
        is_named = ActivationSlip.code_mac.in_([slips.code_mac(code, key) for key in keys])
    row = w.session.execute(
        select(ActivationSlip, Member, Unit.name, Account.username)
        .join(Member, Member.id == ActivationSlip.member_id)
        .join(Unit, Unit.id == Member.unit_id)
        .join(Account, Account.member_id == Member.id)
        .where(
            is_named,
            *slips.is_alive(w.now),
            Account.disabled_at.is_(None),
            Member.standing.not_in(queries.GONE),
        )
        .with_for_update(of=ActivationSlip)
    ).one_or_none()
    if row is None:
        return None
    slip, member, unit_name, username = row
    if read_factor(proof.factor) not in slips.factors(member):
        slip.wrong_tries += 1
        return None
    grants = queries.grants_of(w.session, member.id)
    return Owner(
        slip_id=slip.id,
        member_id=member.id,
        full_name=member.full_name,
        unit_name=unit_name,
        username=username,
        is_staff=any(grant.role in policy.STAFF_ROLES for grant in grants),
        born_on=member.born_on,
        known_digits=queries.known_digits(member),
    )
