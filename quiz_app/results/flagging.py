"""Flags of a round: raised from what is stored once nobody sits any more, and looked at by people.

A flag punishes nobody. Found again it is the same row, so looking for them twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, String, and_, cast, exists, insert, literal, or_, select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Attempt, AttemptState, Response
from quiz_app.contests.models import Round
from quiz_app.contests.policy import answers_end_at
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database, insert_into, table_of
from quiz_app.kernel.jobs import Handler, Job, JobFailed, JobState, Progress, ask_again, enqueue
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.kernel.work import Reading, Work, working
from quiz_app.members.models import Account, ActivationSlip, Member, RoleGrant, UserSession
from quiz_app.members.policy import Action as MembersAction
from quiz_app.results.models import Flag, FlagAttempt, FlagState
from quiz_app.results.policy import Action
from quiz_app.rules import flags
from quiz_app.rules.flags import Renewal, Sitting
from quiz_app.rules.timing import closes_finally_at, finalisable_at
from quiz_app.units.models import UnitAncestor
from quiz_app.units.policy import COVERING_ROLES

KIND = "flags"
BATCH = 500
WRITTEN_AT_ONCE = 200
FAST_S_PER_ITEM = 2.0
TOGETHER_WITHIN = timedelta(minutes=10)
TOGETHER_PEOPLE = 4
RENEWED_WITHIN = timedelta(hours=1)
STEPS = 3


@dataclass(frozen=True, slots=True)
class Search:
    """Where the search for a round's flags stands. `may_begin`: nobody sits any more, and nobody has asked for it."""

    job: Job | None
    may_begin: bool

    @property
    def is_done(self) -> bool:
        return self.job is not None and self.job.state == JobState.DONE.value

    @property
    def is_under_way(self) -> bool:
        return self.job is not None and self.job.state in {JobState.QUEUED.value, JobState.RUNNING.value}

    @property
    def has_failed(self) -> bool:
        return self.job is not None and self.job.state == JobState.FAILED.value


def search(r: Reading, round_: Round) -> Search:
    """Where the search for a round's flags stands. One is due each time that the round has closed."""
    job = r.session.scalars(select(Job).where(Job.key == _key(round_))).one_or_none()
    return Search(job, may_begin=job is None and is_over(r.session, round_, r.now))


def is_searched(r: Reading, round_: Round) -> bool:
    """Whether the flags of a round as it has closed have all been raised: before that none open means nothing."""
    return search(r, round_).is_done


def is_over(session: Session, round_: Round, now: datetime) -> bool:
    """Whether a published round has closed for everybody and nobody sits any more."""
    if round_.published_at is None or now < finalisable_at(answers_end_at(round_)):
        return False
    is_open = (Attempt.round_id == round_.id) & (Attempt.state == AttemptState.OPEN.value)
    return not session.scalar(select(exists().where(is_open)))


def begin(w: Work, round_: Round) -> Job | None:
    """Ask for the search, or for a failed one again; None while somebody may still sit."""
    if not is_over(w.session, round_, w.now):
        return None
    job = enqueue(w, KIND, _key(round_), {"round_id": round_.id}, total=STEPS)
    if job.state == JobState.FAILED.value:
        ask_again(w, job.id)
    return job


def look_after_closing(db: Database) -> int:
    """Ask for the search in every round that has closed and is not final; for how many. None while read-only."""
    with db.reading() as session:
        now = db.now(session)
        due = [] if is_on(session, Switch.READ_ONLY, now) else _due(session, now)
    for round_id in due:
        with working(db) as w:
            begin(w, w.session.get_one(Round, round_id))
    return len(due)


def search_round(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Raise all flags of a round; how many there are, and how many of them are new."""
    round_id = int(payload["round_id"])
    with db.reading() as session:
        round_ = session.get(Round, round_id)
        if round_ is None or not is_over(session, round_, db.now(session)):
            raise JobFailed("Đợt thi chưa đóng hoặc còn lượt đang làm nên chưa tìm được.")
    found = new = 0
    for done, kind in enumerate((_by_time_and_device, _by_rhythm, _by_renewal), start=1):
        raised = kind(db, round_id)
        found += len(raised)
        new += raise_flags(db, round_id, raised)
        progress.report(done, STEPS)
    with working(db) as w:
        w.record(Action.FLAGS_RAISED, f"round:{round_id}", found=found, new=new)
    return {"found": found, "new": new}


JOBS: dict[str, Handler] = {KIND: search_round}


def raise_flags(db: Database, round_id: int, raised: Sequence[flags.Flag]) -> int:
    """Keep flags, a batch in each transaction; how many had not been there."""
    new = 0
    for first in range(0, len(raised), WRITTEN_AT_ONCE):
        with working(db) as w:
            new += sum(_raise_once(w, round_id, one) for one in raised[first : first + WRITTEN_AT_ONCE])
    return new


def fingerprint(flag: flags.Flag) -> str:
    """What makes two flags the same: their kind, and the attempts that they are about."""
    return hashlib.sha256(" ".join([flag.kind.value, *map(str, sorted(flag.attempt_ids))]).encode()).hexdigest()


def _raise_once(w: Work, round_id: int, flag: flags.Flag) -> bool:
    statement = insert_into(w.session, Flag).values(
        round_id=round_id,
        kind=flag.kind.value,
        fingerprint=fingerprint(flag),
        figure=flag.figure,
        state=FlagState.OPEN.value,
        note="",
        created_at=w.now,
    )
    flag_id = w.session.scalar(statement.on_conflict_do_nothing().returning(Flag.id))
    if flag_id is None:
        return False
    rows = [{"flag_id": flag_id, "attempt_id": attempt_id} for attempt_id in flag.attempt_ids]
    w.session.execute(insert(table_of(FlagAttempt)), rows)
    return True


def _by_time_and_device(db: Database, round_id: int) -> list[flags.Flag]:
    """Attempts that a helper started share his device by rights: they are left out there."""
    fast: list[flags.Flag] = []
    on_devices: list[Sitting] = []
    for batch in _batches(db, round_id):
        fast += flags.fast((_sitting(row) for row in batch), FAST_S_PER_ITEM)
        on_devices += [_sitting(row) for row in batch if row.device_sha256 and row.assisted_by is None]
    return fast + flags.shared_device(on_devices, TOGETHER_WITHIN, TOGETHER_PEOPLE)


def _by_rhythm(db: Database, round_id: int) -> list[flags.Flag]:
    def sittings() -> Iterator[Sitting]:
        for batch in _batches(db, round_id):
            saved: dict[int, list[datetime]] = {row.id: [] for row in batch}
            with db.reading() as session:
                rows = session.execute(
                    select(Response.attempt_id, Response.saved_at).where(
                        Response.attempt_id.in_(saved), Response.saved_at.is_not(None)
                    )
                )
                for attempt_id, saved_at in rows:
                    if saved_at is not None:
                        saved[attempt_id].append(saved_at)
            yield from (_sitting(row, tuple(saved[row.id])) for row in batch)

    return flags.same_rhythm(sittings())


def _by_renewal(db: Database, round_id: int) -> list[flags.Flag]:
    """Driven by the renewals, which are few."""
    with db.reading() as session:
        renewals = _renewals(session, session.get_one(Round, round_id))
        members = {renewal.member_id for renewal in renewals}
        rows = session.execute(_ended(round_id).where(Attempt.member_id.in_(members), Attempt.assisted_by.is_(None)))
        return flags.renewed_password([_sitting(row) for row in rows], renewals, RENEWED_WITHIN)


def _renewals(session: Session, round_: Round) -> list[Renewal]:
    """The passwords renewed for others, and the slips used, while attempts of the round could follow.

    A slip counts from the moment that somebody came in by it: whoever printed it may have been that somebody. Who
    renews or prints need not be who hands it over: the devices of all who answer for the member's unit count with his.
    """
    since, until = round_.opens_at - RENEWED_WITHIN, closes_finally_at(longest_timing(round_))
    renewed = session.execute(
        select(Account.member_id, AuditEntry.actor_member_id, AuditEntry.at)
        .join(Account, AuditEntry.subject == literal("account:") + cast(Account.id, String))
        .where(AuditEntry.action == MembersAction.PASSWORD_RENEWED.code, AuditEntry.at.between(since, until))
    ).all()
    used = session.execute(
        select(ActivationSlip.member_id, ActivationSlip.issued_by, ActivationSlip.used_at).where(
            ActivationSlip.used_at.between(since, until)
        )
    ).all()
    acts = [(owner, by, at) for owner, by, at in [*renewed, *used] if at is not None]
    answering = _answering_for(session, {owner for owner, _, _ in acts})
    involved = {by for _, by, _ in acts if by is not None}.union(*answering.values())
    devices: dict[int, set[str]] = defaultdict(set)
    signed_in = session.execute(
        select(Account.member_id, UserSession.device_sha256)
        .join(UserSession, UserSession.account_id == Account.id)
        .where(Account.member_id.in_(involved), UserSession.device_sha256.is_not(None))
    )
    for member_id, device in signed_in:
        devices[member_id].add(device or "")
    found = []
    for owner, by, at in acts:
        others = ({by} | answering.get(owner, set())) - {owner}
        known = frozenset[str]().union(*(devices[one] for one in others if one is not None))
        found.append(Renewal(owner, by, at, known))
    return found


def _answering_for(session: Session, member_ids: Collection[int]) -> dict[int, set[int]]:
    """By member, those whose roles cover his unit."""
    rows = session.execute(
        select(Member.id, RoleGrant.member_id)
        .join(UnitAncestor, UnitAncestor.unit_id == Member.unit_id)
        .join(RoleGrant, RoleGrant.unit_id == UnitAncestor.ancestor_id)
        .where(
            Member.id.in_(member_ids),
            RoleGrant.role.in_([role.value for role in COVERING_ROLES]),
            RoleGrant.revoked_at.is_(None),
        )
    )
    found: dict[int, set[int]] = defaultdict(set)
    for member_id, by in rows:
        found[member_id].add(by)
    return found


def _batches(db: Database, round_id: int) -> Iterator[Sequence[Any]]:
    """The ended attempts of a round as they ended, each batch read in a transaction of its own."""
    last = None
    while True:
        query = _ended(round_id).order_by(Attempt.ended_at, Attempt.id).limit(BATCH)
        if last is not None:
            is_beside = and_(Attempt.ended_at == last.ended_at, Attempt.id > last.id)
            query = query.where(Attempt.ended_at >= last.ended_at, or_(Attempt.ended_at > last.ended_at, is_beside))
        with db.reading() as session:
            rows = session.execute(query).all()
        if not rows:
            return
        yield rows
        last = rows[-1]


def _ended(round_id: int) -> Select[Any]:
    """Annulled attempts too: what was found stays found, whatever became of it."""
    columns: list[Any] = [
        Attempt.id,
        Attempt.member_id,
        Attempt.started_at,
        Attempt.ended_at,
        Attempt.duration_ms,
        Attempt.answered_count,
        Attempt.device_sha256,
        Attempt.assisted_by,
    ]
    return select(*columns).where(Attempt.round_id == round_id, Attempt.ended_at.is_not(None))


def _sitting(row: Any, saved_at: tuple[datetime, ...] = ()) -> Sitting:
    return Sitting(
        attempt_id=row.id,
        member_id=row.member_id,
        started_at=row.started_at,
        duration_ms=row.duration_ms or 0,
        answered=row.answered_count or 0,
        saved_at=saved_at,
        device=row.device_sha256,
    )


def _key(round_: Round) -> str:
    """One search for each close: a round that was opened again is looked through anew."""
    return f"{KIND}:{round_.id}:{closes_finally_at(longest_timing(round_)).astimezone(UTC).isoformat()}"


def _due(session: Session, now: datetime) -> list[int]:
    """The rounds that are over, not final, and have not been asked about; rehearsals have no results."""
    waiting = select(Round).where(
        Round.published_at.is_not(None),
        Round.finalised_at.is_(None),
        Round.rehearses_id.is_(None),
        Round.closes_at < now,
    )
    rounds = session.scalars(waiting).all()
    asked = set(session.scalars(select(Job.key).where(Job.key.in_([_key(round_) for round_ in rounds]))))
    return [round_.id for round_ in rounds if _key(round_) not in asked and is_over(session, round_, now)]
