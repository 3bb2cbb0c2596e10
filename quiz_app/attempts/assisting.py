"""Assisted sitting: a helper starts a member's attempt on a shared device, and leaves the device to him.

The helper's own sign-in ends there; the one that opens in its place reaches this attempt and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.attempts import policy, queries, services
from quiz_app.attempts.errors import ConsentNeeded, SitsAlready
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.attempts.plain import AnyAttempt
from quiz_app.attempts.policy import Action
from quiz_app.attempts.services import Assistance
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.contests.plain import AnyRound
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.members import accounts, sign_ins
from quiz_app.members import queries as members_queries
from quiz_app.members import services as members
from quiz_app.members.labels import CONSENT_VERSION
from quiz_app.members.models import Member, Purpose, UserSession
from quiz_app.units.models import Unit

STAYS_OPEN = timedelta(minutes=1)  # beyond the last accepted instant, so that the receipt can be seen
# A round without a time limit may be open for weeks, and a lent device goes back to its helper the same day; who sits
# longer than this is let in again by the helper, with nothing lost.
LONGEST_LENT = timedelta(hours=3)
LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a helper is about to assist, and how that member stands before the round.

    `goes_on`: the helper himself started the open attempt. `sits_elsewhere`: somebody else did, so it is not his.
    `owes_consent`: he has never been asked whether he takes part.
    """

    member: Member
    unit: Unit
    entry: queries.Entry
    goes_on: bool
    sits_elsewhere: bool
    owes_consent: bool

    @property
    def round(self) -> AnyRound:
        return self.entry.round


@dataclass(frozen=True, slots=True)
class Opened:
    """An attempt that waits for its member, and the token that opens it on this device."""

    attempt_id: int
    token: str


@dataclass(frozen=True, slots=True)
class Told:
    """Who started an attempt for its member, and why."""

    helper_name: str
    reason: str


def asked(r: Reading, round_id: int, member_id: int, *, is_demonstration_site: bool) -> Asked:
    """What a helper is shown before he starts. Raises Missing for a member he may not assist in this round."""
    member = _assisted(r, member_id)
    own = Reading(r.session, sign_ins.actor_of(r.session, member), r.now)
    entry = queries.entry(own, _round(own, round_id), is_demonstration_site=is_demonstration_site)
    by = entry.open_attempt.assisted_by if entry.open_attempt else None
    goes_on = entry.open_attempt is not None and by == r.actor.member
    return Asked(
        member=member,
        unit=r.session.get_one(Unit, member.unit_id),
        entry=entry,
        goes_on=goes_on,
        sits_elsewhere=entry.open_attempt is not None and not goes_on,
        owes_consent=_owes_consent(r, member),
    )


def start(
    w: Work,
    round_id: int,
    member_id: int,
    *,
    reason: str,
    rules_number: int | None,
    agrees: bool,
    user_agent: str,
    is_demonstration_site: bool,
    device_sha256: str | None = None,
) -> Opened:
    """Start a member's attempt for him, or go on with one that this helper started; his own sign-in ends.

    `agrees`: whoever was never asked has said before his helper that he takes part. It is kept as his consent, which
    the helper wrote down; the notices themselves still wait for his own first sign-in.
    Raises Missing, ConsentNeeded, SitsAlready for an attempt that the member or another helper began, and what
    `services.start` does.
    """
    member = _assisted(w, member_id)
    if _owes_consent(w, member):
        if not agrees:
            raise ConsentNeeded
        members.give_consent(w, Purpose.TAKE_PART, CONSENT_VERSION, member.id)
    account = accounts.account_of(w, member)
    own = Work(w.session, sign_ins.actor_of(w.session, member), w.now)
    _round(own, round_id)
    open_id = w.session.scalar(
        select(Attempt.id).where(
            Attempt.member_id == member.id, Attempt.round_id == round_id, Attempt.state == AttemptState.OPEN.value
        )
    )
    attempt_id = services.start(
        own,
        round_id,
        is_demonstration_site=is_demonstration_site,
        rules_number=rules_number,
        assistance=Assistance(w.actor.member, reason),
        device_sha256=device_sha256,
    )
    attempt = w.session.get_one(Attempt, attempt_id, with_for_update=True, populate_existing=True)
    if attempt.assisted_by != w.actor.member:
        raise SitsAlready(name=member.full_name)
    goes_on = attempt_id == open_id
    if goes_on:
        services.take_over(own, attempt_id)
    w.record(
        Action.ATTEMPT_ASSISTED,
        f"attempt:{attempt_id}",
        round_id=round_id,
        member_id=member.id,
        goes_on=goes_on,
    )
    members.sign_out(w)
    attempt.held_by_session, token = sign_ins.open_session_for_attempt(
        w.session, account.id, attempt_id, w.now, expires_at=_ends_at(attempt, w.now), user_agent=user_agent
    )
    return Opened(attempt_id, token)


def follow_deadlines(session: Session, attempts: Collection[Attempt]) -> None:
    """Let sign-ins that were opened for these attempts alone last as long as they do now, up to LONGEST_LENT."""
    assisted = {attempt.id: attempt for attempt in attempts if attempt.assisted_by is not None}
    if not assisted:
        return
    live = select(UserSession).where(UserSession.only_attempt_id.in_(assisted), UserSession.revoked_at.is_(None))
    for row in session.scalars(live):
        if row.only_attempt_id is not None:
            row.expires_at = _ends_at(assisted[row.only_attempt_id], row.created_at)


def told(session: Session, attempt: AnyAttempt) -> Told | None:
    """Who assisted an attempt; None where its member began it himself."""
    if attempt.assisted_by is None:
        return None
    return Told(session.get_one(Member, attempt.assisted_by).full_name, attempt.assist_reason or "")


def _assisted(r: Reading, member_id: int) -> Member:
    """A member whom the actor may assist. Raises Missing."""
    found = r.session.scalars(
        select(Member).where(Member.id == member_id, Member.id.in_(policy.assisted_members(r.actor)))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def _owes_consent(r: Reading, member: Member) -> bool:
    return members_queries.owes_consent(r.session, member.id, Purpose.TAKE_PART, CONSENT_VERSION)


def _round(own: Reading, round_id: int) -> Round:
    """A round that is there for the member; a rehearsal is its organisers' own affair. Raises Missing."""
    round_ = contests.visible_round(own, round_id)
    if round_.contest.is_rehearsal:
        raise Missing
    return round_


def _ends_at(attempt: Attempt, opened_at: datetime) -> datetime:
    return min(attempt.accepts_until_at + STAYS_OPEN, opened_at + LONGEST_LENT)
