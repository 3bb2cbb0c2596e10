"""Time given to a round, to a unit or to one member, and the public notices of a round.

Who grants time holds the round first, then its open attempts: a start at the same moment waits and finds what was
granted, and so do a save, a submission and the closing job. Time is only ever added to what an attempt has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from quiz_app.attempts import assisting, freezing, truth
from quiz_app.attempts.errors import ExtraTimeUsed
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.attempts.policy import Action
from quiz_app.contests import locking, publishing
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Accommodation, Round, RoundNotice
from quiz_app.contests.plain import AnyRound
from quiz_app.contests.services import PRESSED_TWICE, held_round
from quiz_app.contests.timing import timing_of
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Reading, Work
from quiz_app.members import queries as members
from quiz_app.members.models import Member
from quiz_app.rules import timing
from quiz_app.rules.lifecycle import Change
from quiz_app.units import queries as units
from quiz_app.units.models import Unit

BATCH = 1000
MOST_MINUTES = 30 * 24 * 60
LONGEST_TEXT = 1000
LONGEST_REASON = 400

NO_TEXT = "Mời đồng chí ghi nội dung thông báo cho người dự thi."
NO_REASON = "Mời đồng chí ghi lý do; chỉ Ban tổ chức đọc được."
BAD_MINUTES = f"Số phút phải từ 1 đến {MOST_MINUTES}."
STILL_CLOSED = "Gia hạn chừng ấy thì giờ đóng mới vẫn đã qua. Mời đồng chí cộng thêm cả khoảng thời gian từ lúc đóng."
ELSEWHERE = "Chỉ chọn được đơn vị thuộc phạm vi của cuộc thi."
ONLY_MORE = "Đồng chí ấy đang làm bài với {minutes} phút bù; lúc này chỉ tăng thêm được."


@dataclass(frozen=True, slots=True)
class Extension:
    """What an extension leads to: in all so many seconds for these units, the new close, the attempts under way."""

    extension_s: int
    closes_at: datetime
    open_attempts: int


@dataclass(frozen=True, slots=True)
class Told:
    """A public notice as its members read it; `closes_at` where it extends the round for them."""

    text: str
    at: datetime
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Accommodated:
    """A member with extra time, and whether an attempt of his has begun or is under way."""

    member: Member
    unit: Unit
    accommodation: Accommodation
    has_begun: bool
    is_sitting: bool


def planned_extension(r: Reading, round_: Round, unit_id: int | None, minutes: int) -> Extension:
    """What so many minutes more would lead to for a unit, or for all. Raises ChangeLocked, BadInput."""
    locking.require_free(round_, [Change.CLOSE_LATER], r.now)
    if not 1 <= minutes <= MOST_MINUTES:
        raise BadInput({"minutes": [BAD_MINUTES]})
    extension_s = _extension_s(r.session, round_, unit_id) + minutes * 60
    closes_at = timing.closes_finally_at(timing_of(round_, extension_s=extension_s))
    if closes_at <= r.now:
        raise BadInput({"minutes": [STILL_CLOSED]})
    count = select(func.count()).select_from(_open_attempts(round_.id, unit_id).subquery())
    return Extension(extension_s, closes_at, r.session.scalar(count) or 0)


def extend_round(w: Work, round_id: int, unit_id: int | None, minutes: int, text: str) -> Extension:
    """Close a round so many minutes later than it would, for all or for a unit's subtree, and say so publicly.

    Attempts under way have it at once, also those whose time ran out and which nobody has closed yet; ended ones stay
    ended. Raises Missing, ChangeLocked, BadInput.
    """
    round_ = held_round(w, round_id)
    planned = planned_extension(w, round_, unit_id, minutes)
    truth.end_predictions(w, round_)
    _notify(w, round_, unit_id, text, planned.extension_s)
    if unit_id is None:
        round_.extension_s = planned.extension_s
    round_.longest_extension_s = max(round_.longest_extension_s, planned.extension_s)
    lengthened = _lengthen(w.session, round_, unit_id, planned.extension_s)
    w.session.flush()
    truth.forget_truth(w, round_)  # more people may take part
    freezing.forget_if_thawed(w.session, round_, w.now)
    if unit_id is None:
        publishing.renew_rules(w, round_)
    w.record(
        Action.ROUND_EXTENDED,
        f"round:{round_.id}",
        unit_id=unit_id,
        minutes=minutes,
        extension_s=planned.extension_s,
        attempts=lengthened,
    )
    return planned


def post_notice(w: Work, round_id: int, unit_id: int | None, text: str) -> RoundNotice:
    """Tell something publicly to those who sit a round, all of them or a unit's. A notice is never taken back.

    The same words to the same people within PRESSED_TWICE are one notice. Raises Missing, ChangeLocked, BadInput.
    """
    round_ = held_round(w, round_id)
    locking.require_free(round_, [Change.NOTICE], w.now)
    _require_within(w.session, round_, unit_id)
    said = _just_said(w, round_.id, unit_id, text.strip())
    if said is not None:
        return said
    notice = _notify(w, round_, unit_id, text, None)
    w.record(Action.NOTICE_PUBLISHED, f"round:{round_.id}", notice_id=notice.id, unit_id=unit_id)
    return notice


def grant_extra_time(w: Work, round_id: int, member_id: int, minutes: int, reason: str) -> Accommodation:
    """Give one member so many minutes beyond the round's limit; an attempt under way has them at once.

    While he sits it can only become more. Raises Missing, ChangeLocked, BadInput.
    """
    round_ = held_round(w, round_id)
    locking.require_free(round_, [Change.EXTRA_TIME], w.now)
    member = entrant(w, round_, member_id)
    _require_sound(minutes, reason)
    extra_time_s = minutes * 60
    attempt = _held_open_attempt(w.session, round_.id, member.id)
    if attempt is not None and extra_time_s < attempt.extra_time_s:
        raise BadInput({"minutes": [ONLY_MORE.format(minutes=attempt.extra_time_s // 60)]})
    kept = w.session.get(Accommodation, (round_.id, member.id))
    before_s = kept.extra_time_s if kept else 0
    if kept is None:
        kept = Accommodation(round_id=round_.id, member_id=member.id, extra_time_s=extra_time_s, reason=reason)
        w.session.add(kept)
    kept.extra_time_s, kept.reason = extra_time_s, reason
    if attempt is not None:
        attempt.extra_time_s = extra_time_s
        _set_times(round_, attempt)
        assisting.follow_deadlines(w.session, [attempt])
    w.session.flush()
    w.record(
        Action.EXTRA_TIME_GRANTED,
        f"round:{round_.id}",
        member_id=member.id,
        before_s=before_s,
        extra_time_s=extra_time_s,
        attempt_id=attempt.id if attempt else None,
    )
    return kept


def withdraw_extra_time(w: Work, round_id: int, member_id: int) -> bool:
    """Take back the extra time of a member who has not begun; False where he had none.

    Raises Missing, ChangeLocked, ExtraTimeUsed.
    """
    round_ = held_round(w, round_id)
    locking.require_free(round_, [Change.EXTRA_TIME], w.now)
    kept = w.session.get(Accommodation, (round_.id, member_id))
    if kept is None:
        return False
    has_begun = w.session.scalar(
        select(Attempt.id).where(Attempt.round_id == round_.id, Attempt.member_id == member_id).limit(1)
    )
    if has_begun is not None:
        raise ExtraTimeUsed
    w.session.delete(kept)
    w.record(Action.EXTRA_TIME_WITHDRAWN, f"round:{round_.id}", member_id=member_id, before_s=kept.extra_time_s)
    return True


def entrant(r: Reading, round_: Round, member_id: int) -> Member:
    """A member of the units that a round's contest is held for. Raises Missing."""
    member = members.visible_member(r.session, r.actor, member_id)
    if round_.contest.unit_id not in units.path_ids(r.session, member.unit_id):
        raise Missing
    return member


def accommodated(session: Session, round_id: int) -> list[Accommodated]:
    """The members with extra time in a round, in the order of a list of names."""
    rows = session.execute(
        select(Accommodation, Member, Unit)
        .join(Member, Member.id == Accommodation.member_id)
        .join(Unit, Unit.id == Member.unit_id)
        .where(Accommodation.round_id == round_id)
        .order_by(Member.sort_key, Member.id)
    ).all()
    ids = [member.id for _, member, _ in rows]
    begun: dict[int, set[str]] = {}
    for member_id, state in session.execute(
        select(Attempt.member_id, Attempt.state).where(Attempt.round_id == round_id, Attempt.member_id.in_(ids))
    ):
        begun.setdefault(member_id, set()).add(state)
    return [
        Accommodated(
            member=member,
            unit=unit,
            accommodation=accommodation,
            has_begun=member.id in begun,
            is_sitting=AttemptState.OPEN.value in begun.get(member.id, ()),
        )
        for accommodation, member, unit in rows
    ]


_NOTICES = (
    select(RoundNotice, Unit)
    .outerjoin(Unit, Unit.id == RoundNotice.unit_id)
    .where(RoundNotice.round_id == bindparam("round"))
    .order_by(RoundNotice.created_at.desc(), RoundNotice.id.desc())
)


def every_notice(session: Session, round_id: int) -> list[tuple[RoundNotice, Unit | None]]:
    """All notices of a round with the units they are for, the latest first."""
    return [(notice, unit) for notice, unit in session.execute(_NOTICES, {"round": round_id})]


_TOLD_IN = Prepared(
    select(RoundNotice.text, RoundNotice.created_at, RoundNotice.extension_s)
    .where(
        RoundNotice.round_id == bindparam("round"),
        RoundNotice.unit_id.is_(None) | RoundNotice.unit_id.in_(units.ABOVE),
    )
    .order_by(RoundNotice.created_at.desc(), RoundNotice.id.desc())
)


def told_in(session: Session, round_: AnyRound, unit_id: int) -> list[Told]:
    """What the members of a unit have been told about one round, the latest first."""
    session.flush()
    rows = _TOLD_IN.rows(session, {"unit": unit_id, "round": round_.id})
    return [Told(row.text, row.created_at, closes_by(round_, row)) for row in rows]


def extended_elsewhere(session: Session, round_: AnyRound, unit_id: int) -> list[tuple[Unit, Told]]:
    """What anybody may know of extensions that are not for the members of this unit, the latest first."""
    extended = [
        (unit, Told(notice.text, notice.created_at, closes_by(round_, notice)))
        for notice, unit in every_notice(session, round_.id)
        if unit is not None and notice.extension_s is not None
    ]
    path = units.path_ids(session, unit_id) if extended else ()
    return [(unit, told) for unit, told in extended if unit.id not in path]


def closes_by(round_: AnyRound, notice: RoundNotice) -> datetime | None:
    """When a round closes for those whom this notice extends it; None where it extends nothing."""
    if notice.extension_s is None:
        return None
    return timing.closes_finally_at(timing_of(round_, extension_s=notice.extension_s))


def _extension_s(session: Session, round_: Round, unit_id: int | None) -> int:
    """The extension that holds now for all, or for a unit of the contest. Raises BadInput for another unit."""
    if unit_id is None:
        return round_.extension_s
    return contests.extension_s(session, round_, _require_within(session, round_, unit_id))


def _require_within(session: Session, round_: Round, unit_id: int | None) -> tuple[int, ...]:
    """The path of a unit of the contest's subtree. Raises BadInput for one outside it."""
    if unit_id is None:
        return ()
    path = units.path_ids(session, unit_id)
    if round_.contest.unit_id not in path:
        raise BadInput({"unit_id": [ELSEWHERE]})
    return path


def _require_sound(minutes: int, reason: str) -> None:
    errors: dict[str, list[str]] = {}
    if not 1 <= minutes <= MOST_MINUTES:
        errors["minutes"] = [BAD_MINUTES]
    if not reason.strip():
        errors["reason"] = [NO_REASON]
    if errors:
        raise BadInput(errors)


def _just_said(w: Work, round_id: int, unit_id: int | None, text: str) -> RoundNotice | None:
    query = select(RoundNotice).where(
        RoundNotice.round_id == round_id,
        RoundNotice.unit_id.is_(None) if unit_id is None else RoundNotice.unit_id == unit_id,
        RoundNotice.text == text,
        RoundNotice.extension_s.is_(None),
        RoundNotice.created_at > w.now - PRESSED_TWICE,
    )
    return w.session.scalars(query.order_by(RoundNotice.id).limit(1)).first()


def _notify(w: Work, round_: Round, unit_id: int | None, text: str, extension_s: int | None) -> RoundNotice:
    if not text.strip():
        raise BadInput({"text": [NO_TEXT]})
    notice = RoundNotice(
        round_id=round_.id,
        unit_id=unit_id,
        text=text.strip(),
        extension_s=extension_s,
        created_at=w.now,
        created_by=w.actor.member_id,
    )
    w.session.add(notice)
    w.session.flush()
    return notice


def _open_attempts(round_id: int, unit_id: int | None) -> Select[Attempt]:
    query = select(Attempt).where(Attempt.round_id == round_id, Attempt.state == AttemptState.OPEN.value)
    return query if unit_id is None else query.where(Attempt.unit_id.in_(units.subtree_ids(unit_id)))


def _lengthen(session: Session, round_: Round, unit_id: int | None, extension_s: int) -> int:
    """Give the open attempts of these units their new times; how many they are. The round is held: none is added."""
    query = _open_attempts(round_.id, unit_id).order_by(Attempt.id).limit(BATCH)
    last, count = -1, 0
    while True:
        held = query.where(Attempt.id > last).with_for_update().execution_options(populate_existing=True)
        attempts = session.scalars(held).all()
        for attempt in attempts:
            attempt.extension_s = max(attempt.extension_s, extension_s)
            _set_times(round_, attempt)
        assisting.follow_deadlines(session, attempts)
        session.flush()
        count += len(attempts)
        if len(attempts) < BATCH:
            return count
        last = attempts[-1].id


def _set_times(round_: Round, attempt: Attempt) -> None:
    times = timing_of(round_, extra_time_s=attempt.extra_time_s, extension_s=attempt.extension_s)
    attempt.deadline_at = timing.deadline(times, attempt.started_at)
    attempt.accepts_until_at = timing.accepts_until(times, attempt.started_at)


def _held_open_attempt(session: Session, round_id: int, member_id: int) -> Attempt | None:
    query = _open_attempts(round_id, None).where(Attempt.member_id == member_id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
