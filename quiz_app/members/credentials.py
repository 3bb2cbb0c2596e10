"""Proofs of identity. Passwords are hashed and checked between the transactions, never inside one.

Of what belongs to one person every transaction locks first the account, then the count of its tries, then sessions.
"""

from __future__ import annotations

from quiz_app.kernel.access import NOBODY, Actor
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Work, viewing, working
from quiz_app.members import entering, passwords, queries, registrations, services, throttling, ways
from quiz_app.members.errors import AddressRests, SeveralFit, TooManyTries, WrongCredentials
from quiz_app.members.sign_ins import is_own_device


def open_with_password(
    db: Database,
    *,
    username: str,
    password: str,
    is_shared_device: bool,
    user_agent: str,
    replaced_session_id: int | None = None,
    device_sha256: str | None = None,
    address_rests: bool = False,
) -> str:
    """Sign in and return the token for the browser; the session it carried until now ends.

    `username` is anything by which the commune lets people in: see `ways`. Raises TooManyTries while it rests, or the
    caller's address does and the browser is not his own (the names then are not counted), else
    WrongCredentials: the same, and as slow, for a name that is unknown, one that is disabled and a wrong password. How
    many hashes are checked hangs on the shape of what was typed alone, so nothing tells who shares a number.
    Raises SeveralFit where the password opens the accounts of several who share it; RegistrationWaiting or
    RegistrationRefused for the one who registered himself and has no account.
    """
    with working(db, actor=NOBODY) as w:
        named = ways.named(w.session, username, w.now)
        if address_rests and not _is_own(w, named, device_sha256):
            raise AddressRests(minutes=throttling.ADDRESS_MINUTES)
        counted = _counted(w, named, device_sha256)
    padded = [*named.accounts, *[queries.NO_CREDENTIALS] * (named.checks - len(named.accounts))]
    fitting = [found for found in padded if passwords.matches(found.password_hash, password)]
    if not fitting:
        raise WrongCredentials
    opening = [found for found in fitting if found.registration_id is None]
    if not opening:
        with working(db, actor=NOBODY) as w:
            throttling.forgive(w, counted)
            word = registrations.word_about(w.session, fitting[0].registration_id)
        raise word
    fitting = opening
    if len(fitting) > 1:
        with working(db, actor=NOBODY) as w:
            throttling.forgive(w, counted)
            several = queries.choices(w.session, fitting)
        raise SeveralFit(several)
    found = fitting[0]
    outdated = found.password_hash is not None and passwords.is_outdated(found.password_hash)
    new_hash = passwords.hashed(password) if outdated else None
    actor = Actor(member_id=found.member_id, account_id=found.account_id, session_id=replaced_session_id)
    with working(db, actor=actor) as w:
        token = services.sign_in(
            w,
            found,
            is_shared_device=is_shared_device,
            user_agent=user_agent,
            new_hash=new_hash,
            device_sha256=device_sha256,
        )
        if counted != found.username:
            throttling.forgive(w, counted)
        services.sign_out(w)
        return token


def _counted(w: Work, named: ways.Named, device_sha256: str | None) -> str:
    """Count this try and return the name it is counted under. Raises TooManyTries.

    While a name rests, a browser its owner has signed in with has a count of its own: whoever tries a colleague's name
    on purpose does not keep him out.
    """
    try:
        throttling.count_try(w, named.key)
    except TooManyTries:
        if device_sha256 is None or not _is_own(w, named, device_sha256):
            raise
    else:
        return named.key
    own = throttling.device_key(named.key, device_sha256)
    throttling.count_try(w, own)
    return own


def _is_own(w: Work, named: ways.Named, device_sha256: str | None) -> bool:
    accounts = [found.account_id for found in named.accounts if found.account_id is not None]
    return device_sha256 is not None and is_own_device(w.session, accounts, device_sha256)


def open_chosen(
    db: Database,
    *,
    account_id: int,
    proof: str,
    is_shared_device: bool,
    user_agent: str,
    replaced_session_id: int | None = None,
    device_sha256: str | None = None,
) -> str:
    """Sign in as the one chosen of several, if his secret is still that of the choice. Raises WrongCredentials."""
    with working(db, actor=Actor(session_id=replaced_session_id)) as w:
        found = entering.held_credentials(w.session, account_id)
        if found.password_hash is None or queries.proof_of(found.password_hash) != proof:
            raise WrongCredentials
        token = services.sign_in(
            w, found, is_shared_device=is_shared_device, user_agent=user_agent, device_sha256=device_sha256
        )
        services.sign_out(w)
        return token


def prove(db: Database, actor: Actor, password: str) -> None:
    """Let the actor's session do what weighs much, for a while. Raises BadInput (field `password`), TooManyTries."""
    with viewing(db, actor=actor) as r:
        own = queries.own_account(r)
    with working(db, actor=actor) as w:
        throttling.count_try(w, own.username)
    if not passwords.matches(own.password_hash, password):
        raise BadInput({"password": ["Mật khẩu chưa đúng."]})
    with working(db, actor=actor) as w:
        throttling.forgive(w, own.username)
        services.prove(w)


def change_password(db: Database, actor: Actor, *, current: str, new: str) -> int:
    """Replace the actor's password and end his other sessions; how many.

    Raises BadInput (fields `current`, `new`), TooManyTries, PasswordChanged.
    """
    with viewing(db, actor=actor) as r:
        own = queries.own_account(r)
    refused = passwords.problems(
        new,
        is_staff=own.is_staff,
        full_name=own.member.full_name,
        born_on=own.born_on,
        known_digits=own.known_digits,
    )
    if refused:
        raise BadInput({"new": refused})
    with working(db, actor=actor) as w:
        throttling.count_try(w, own.username)
    if not passwords.matches(own.password_hash, current):
        raise BadInput({"current": ["Mật khẩu hiện tại chưa đúng."]})
    new_hash = passwords.hashed(new)
    with working(db, actor=actor) as w:
        return services.change_password(w, seen_hash=own.password_hash, new_hash=new_hash)
