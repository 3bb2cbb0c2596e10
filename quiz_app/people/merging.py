"""Two rows of one person made one: what was done under both is his, and nothing of it is lost.

One row is kept, the other goes; what cannot be had twice stays with the row that goes, which stays as well. Published
tables are never touched. Where attempts of both stand in one round somebody has to annul one side first, with a second
person as always: no result is dropped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, delete, exists, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from quiz_app.asking.models import Edition, EditionState, Question
from quiz_app.attempts import closing
from quiz_app.attempts.models import Attempt, AttemptState, Correction, CorrectionState
from quiz_app.authoring.models import DraftHand
from quiz_app.awards.models import Award, AwardList, Certificate
from quiz_app.catalogue.models import SetSeal
from quiz_app.contests.models import Accommodation, Exclusion, RosterEntry, Round
from quiz_app.elsewhere.models import OutsideRecord
from quiz_app.feedback.models import Complaint, UnitChange, UnitChangeState
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.meetings.models import Attendance, Meeting, Presence
from quiz_app.members import history, slips
from quiz_app.members import queries as members_queries
from quiz_app.members import services as members
from quiz_app.members.accounts import NO_PASSWORD
from quiz_app.members.models import (
    Account,
    ActivationSlip,
    Consent,
    Member,
    MemberField,
    Purpose,
    Registration,
    RoleGrant,
    Standing,
)
from quiz_app.people import queries
from quiz_app.people.errors import BothHaveSat, BothSitNow, OwnRecord, PairDecided
from quiz_app.people.models import MemberPair, Verdict
from quiz_app.people.policy import Action
from quiz_app.practice import services as practice
from quiz_app.practice.models import PracticeAnswer, PracticeSession, ReviewCard
from quiz_app.reminders.models import Reminder, ReminderMail
from quiz_app.results.models import FinalTable
from quiz_app.study.models import CheckResponse, LessonProgress
from quiz_app.units.tree import reason_given

FILLED = ("gender", "born_on", "card_number", "joined_on", "official_on", "position", "phone", "email", "note")


def keep_apart(w: Work, first_id: int, second_id: int, *, reason: str) -> None:
    """Remember that two members who look alike are two people. Raises Missing, OwnRecord, PairDecided, BadInput."""
    first, second = _held(w, first_id, second_id)
    words = reason_given(reason)
    _decide(w, first, second, Verdict.TWO_PEOPLE, words)
    w.record(Action.TWO_PEOPLE, f"member:{first.id}", other_id=second.id, reason=words)


def merge(w: Work, kept_id: int, gone_id: int, *, reason: str) -> Member:
    """Make two rows of one person one: the member kept.

    His blanks are filled from the other; roles of the other end and have to be given anew by whoever may.
    Raises Missing, OwnRecord, PairDecided, BothSitNow, BothHaveSat, LastOperator, BadInput.
    """
    pair = {one.id: one for one in _held(w, kept_id, gone_id)}
    kept, gone = pair[kept_id], pair[gone_id]
    words = reason_given(reason)
    rounds = _rounds_of(w, gone)
    _judge_attempts(w, kept, gone)
    _decide(w, kept, gone, Verdict.SAME_PERSON, words)
    _take(w, Exclusion, kept, gone, Exclusion.contest_id)
    _take(w, Accommodation, kept, gone, Accommodation.round_id)
    _take(w, OutsideRecord, kept, gone, OutsideRecord.contest_id)
    attempts = _take_attempts(w, kept, gone)
    _take_roster(w, kept, gone, sat={attempt.round_id for attempt in attempts})
    for round_ in rounds:
        closing.write_result(w.session, round_, gone.id, w.now)
        closing.write_result(w.session, round_, kept.id, w.now)
    _take_papers(w, kept, gone)
    _take_awards(w, kept, gone)
    _take_hands(w, kept, gone)
    _take_questions(w, kept, gone)
    _take_study(w, kept, gone)
    _take_practice(w, kept, gone)
    _take_consents(w, kept, gone)
    _take_reminders(w, kept, gone)
    _take_attendance(w, kept, gone)
    with members.keeping_an_operator(w):
        ended = _take_roles(w, kept, gone)
        _take_account(w, kept, gone)
    _take(w, Registration, kept, gone)
    filled = _fill(w, kept, gone)
    w.session.execute(update(Member).where(Member.merged_into_id == gone.id).values(merged_into_id=kept.id))
    gone.merged_into_id, gone.standing = kept.id, Standing.LEFT.value
    for one in (kept, gone):
        history.note(w, one.id, MemberField.MERGED, (gone.id, kept.id), words)
    w.record(
        Action.MEMBERS_MERGED,
        f"member:{kept.id}",
        gone_id=gone.id,
        reason=words,
        filled=filled,
        rounds=[round_.id for round_ in rounds],
        attempts=[attempt.id for attempt in attempts],
        roles_ended=ended,
    )
    return kept


def _held(w: Work, first_id: int, second_id: int) -> tuple[Member, Member]:
    """Both members, held in the order of their ids. Raises Missing, OwnRecord, PairDecided."""
    if first_id == second_id:
        raise Missing
    query = select(Member).where(Member.id.in_((first_id, second_id))).order_by(Member.id).with_for_update()
    w.session.execute(query.execution_options(populate_existing=True))
    first, second = queries.pair(w, first_id, second_id)
    if w.actor.member_id in (first.id, second.id):
        raise OwnRecord
    if queries.decided(w.session, first.id, second.id) is not None:
        raise PairDecided
    return first, second


def _decide(w: Work, one: Member, other: Member, verdict: Verdict, words: str) -> None:
    low, high = sorted((one.id, other.id))
    w.session.add(
        MemberPair(
            first_id=low,
            second_id=high,
            verdict=verdict.value,
            reason=words,
            decided_at=w.now,
            decided_by=w.actor.member_id,
        )
    )
    w.session.flush()


def _rounds_of(w: Work, gone: Member) -> Sequence[Round]:
    """The rounds that the member who goes has sat, held: no attempt begins or ends in them meanwhile."""
    has_sat = exists().where(Attempt.round_id == Round.id, Attempt.member_id == gone.id)
    query = select(Round).where(has_sat).order_by(Round.id).with_for_update(of=Round)
    return w.session.scalars(query.execution_options(populate_existing=True)).all()


def _judge_attempts(w: Work, kept: Member, gone: Member) -> None:
    sits = select(Attempt.id).where(Attempt.member_id == gone.id, Attempt.state == AttemptState.OPEN.value)
    if w.session.scalar(sits.limit(1)) is not None:
        raise BothSitNow(name=gone.full_name)
    clashes = [one.round.title for one in conflicts(w, kept, gone)]
    if clashes:
        raise BothHaveSat(rounds=", ".join(f"“{title}”" for title in clashes))


def conflicts(r: Reading, kept: Member, gone: Member) -> list[queries.Sat]:
    """The rounds in which attempts of both stand."""
    of_kept = {one.round.id for one in queries.sat(r.session, kept.id) if one.standing}
    return [one for one in queries.sat(r.session, gone.id) if one.standing and one.round.id in of_kept]


def _take_attempts(w: Work, kept: Member, gone: Member) -> list[Attempt]:
    """All attempts, annulled ones too; they are numbered after those that are there."""
    moved: list[Attempt] = []
    query = select(Attempt).where(Attempt.member_id == gone.id).order_by(Attempt.round_id, Attempt.number)
    for attempt in w.session.scalars(query.with_for_update()).all():
        last = select(func.max(Attempt.number)).where(
            Attempt.member_id == kept.id, Attempt.round_id == attempt.round_id
        )
        attempt.number = (w.session.scalar(last) or 0) + 1
        attempt.member_id = kept.id
        w.session.flush()
        moved.append(attempt)
    return moved


def _take_roster(w: Work, kept: Member, gone: Member, *, sat: set[int]) -> None:
    """One person stands once on the roster of a round that is not final, in the unit that he sat it for.

    The roster of a final round keeps its numbers: where both rows stand on it they change places instead.
    """
    entries = w.session.scalars(select(RosterEntry).where(RosterEntry.member_id == gone.id)).all()
    final = set(
        w.session.scalars(
            select(Round.id).where(Round.id.in_([entry.round_id for entry in entries]), Round.finalised_at.is_not(None))
        )
    )
    for entry in entries:
        own = w.session.get(RosterEntry, (entry.round_id, kept.id))
        if own is None:
            entry.member_id = kept.id
            continue
        if entry.round_id in sat:
            own.unit_id, entry.unit_id = entry.unit_id, own.unit_id
            own.is_exempt, entry.is_exempt = entry.is_exempt, own.is_exempt
        if entry.round_id not in final:
            w.session.delete(entry)
    w.session.flush()


def _take_papers(w: Work, kept: Member, gone: Member) -> None:
    """Complaints and requests are his; who has proposed something must not be the second person about it either."""
    w.session.execute(update(Complaint).where(Complaint.member_id == gone.id).values(member_id=kept.id))
    w.session.execute(
        update(UnitChange)
        .where(UnitChange.member_id == gone.id, UnitChange.state == UnitChangeState.ASKED.value)
        .values(state=UnitChangeState.WITHDRAWN.value, decided_at=w.now, decided_by=w.actor.member_id)
    )
    w.session.execute(update(UnitChange).where(UnitChange.member_id == gone.id).values(member_id=kept.id))
    w.session.execute(
        update(FinalTable)
        .where(FinalTable.proposed_by == gone.id, FinalTable.approved_by.is_(None))
        .values(proposed_by=kept.id)
    )
    w.session.execute(
        update(Correction)
        .where(Correction.created_by == gone.id, Correction.state == CorrectionState.PROPOSED.value)
        .values(created_by=kept.id)
    )


def _take_awards(w: Work, kept: Member, gone: Member) -> None:
    """What he won and the certificates in his hands are his; who has proposed a list must not approve it either."""
    _take(w, Award, kept, gone, Award.list_id, Award.title)
    _take(w, Certificate, kept, gone, Certificate.series_id, Certificate.merit)
    still_open = select(AwardList.id).where(AwardList.approved_by.is_(None))
    w.session.execute(
        update(AwardList)
        .where(AwardList.proposed_by == gone.id, AwardList.approved_by.is_(None))
        .values(proposed_by=kept.id)
    )
    w.session.execute(
        update(Award).where(Award.added_by == gone.id, Award.list_id.in_(still_open)).values(added_by=kept.id)
    )


def _take_hands(w: Work, kept: Member, gone: Member) -> None:
    """Who wrote a draft under one row must not review it under the other; a seal asks for two people as well."""
    for hand in w.session.scalars(select(DraftHand).where(DraftHand.member_id == gone.id)).all():
        if w.session.get(DraftHand, (hand.draft_id, kept.id)) is None:
            w.session.add(DraftHand(draft_id=hand.draft_id, member_id=kept.id, part=hand.part, since=hand.since))
    w.session.execute(
        update(SetSeal).where(SetSeal.asked_by == gone.id, SetSeal.broken_by.is_(None)).values(asked_by=kept.id)
    )


def _take_questions(w: Work, kept: Member, gone: Member) -> None:
    """What he asked is his. What was given to him to answer goes along, save what he asked himself; whoever proposed an
    answer for everybody must not be the second person about it.
    """
    w.session.execute(update(Question).where(Question.member_id == gone.id).values(member_id=kept.id))
    w.session.execute(update(Question).where(Question.assigned_to == gone.id).values(assigned_to=kept.id))
    own = (Question.member_id == kept.id) & (Question.assigned_to == kept.id)
    w.session.execute(update(Question).where(own).values(assigned_to=None))
    w.session.execute(
        update(Edition)
        .where(Edition.proposed_by == gone.id, Edition.state == EditionState.PROPOSED.value)
        .values(proposed_by=kept.id)
    )


def _take_study(w: Work, kept: Member, gone: Member) -> None:
    for progress in w.session.scalars(select(LessonProgress).where(LessonProgress.member_id == gone.id)).all():
        own = w.session.get(LessonProgress, (kept.id, progress.lesson_id))
        if own is None:
            continue
        own.opened_at = min(own.opened_at, progress.opened_at)
        own.finished_at = own.finished_at or progress.finished_at
        own.checked_at = own.checked_at or progress.checked_at
        if progress.seen_at is not None and (own.seen_at is None or own.seen_at < progress.seen_at):
            own.place, own.seen_at = progress.place, progress.seen_at
    w.session.flush()
    _take(w, LessonProgress, kept, gone, LessonProgress.lesson_id)
    _take(w, CheckResponse, kept, gone, CheckResponse.item_id)


def _take_practice(w: Work, kept: Member, gone: Member) -> None:
    """All he answered is his, and says anew when each question comes back; what went on under the other row ends."""
    w.session.execute(
        update(PracticeSession)
        .where(PracticeSession.member_id == gone.id, PracticeSession.ended_at.is_(None))
        .values(ended_at=w.now)
    )
    answered = select(PracticeAnswer.item_id).where(PracticeAnswer.member_id == gone.id).distinct()
    item_ids = w.session.scalars(answered).all()
    w.session.execute(delete(ReviewCard).where(ReviewCard.member_id == gone.id))
    for model in (PracticeSession, PracticeAnswer):
        w.session.execute(update(model).where(model.member_id == gone.id).values(member_id=kept.id))
    practice.reschedule(w.session, kept.id, item_ids)


def _take_consents(w: Work, kept: Member, gone: Member) -> None:
    """All of them are his, and a no under either row stands: leaving a box of the notices empty bears no time by which
    a yes under the other row could be the later word.
    """
    both = (kept, gone)
    refused = {what for what in Purpose for one in both if members_queries.has_refused(w.session, one.id, what)}
    said = w.session.scalars(select(Consent).where(Consent.member_id.in_([one.id for one in both]))).all()
    for purpose in Purpose:
        his = [consent for consent in said if consent.purpose == purpose]
        live = [consent for consent in his if consent.revoked_at is None]
        withdrawn = [consent.revoked_at for consent in his if consent.revoked_at is not None]
        last = max(live, key=lambda consent: consent.given_at, default=None)
        is_no = purpose in refused or any(last is not None and last.given_at < at for at in withdrawn)
        for consent in live:
            if is_no or consent is not last:
                consent.revoked_at = w.now
    w.session.flush()
    _take(w, Consent, kept, gone, Consent.purpose, Consent.given_at)


def _take_reminders(w: Work, kept: Member, gone: Member) -> None:
    """Who was reminded when is his as well; what still waits for the row that goes is not sent: it is nobody's now."""
    w.session.execute(update(Reminder).where(Reminder.member_id == gone.id).values(member_id=kept.id))
    _take(w, ReminderMail, kept, gone, ReminderMail.round_id, ReminderMail.occasion)


def _take_attendance(w: Work, kept: Member, gone: Member) -> None:
    """He was there if either row was. The list of a meeting that is confirmed keeps its numbers."""
    rows = select(Attendance).join(Meeting, Meeting.id == Attendance.meeting_id)
    for row in w.session.scalars(rows.where(Attendance.member_id == gone.id, Meeting.roster_at.is_(None))).all():
        own = w.session.get(Attendance, (row.meeting_id, kept.id))
        if own is None:
            continue
        if row.presence == Presence.PRESENT.value and own.presence != row.presence:
            own.presence, own.marked_at, own.marked_by = row.presence, row.marked_at, row.marked_by
        own.reported_at = own.reported_at or row.reported_at
        w.session.delete(row)
    w.session.flush()
    _take(w, Attendance, kept, gone, Attendance.meeting_id)


def _take_roles(w: Work, kept: Member, gone: Member) -> int:
    """No role comes by merging: those held end, and all of them stay as his history. How many ended."""
    held = w.session.scalars(
        select(RoleGrant).where(RoleGrant.member_id == gone.id, RoleGrant.revoked_at.is_(None))
    ).all()
    for grant in held:
        members.end_role(w, grant)
    w.session.flush()
    w.session.execute(update(RoleGrant).where(RoleGrant.member_id == gone.id).values(member_id=kept.id))
    return len(held)


def _take_account(w: Work, kept: Member, gone: Member) -> None:
    """He signs in with the account of the row kept; with the other one, and its slip, only where there is none.

    An account that nobody has opened yet, printed on a slip or made by a helper, takes the secret that he has chosen.
    """
    members.end_member_sessions(w, gone.id)
    account = w.session.scalars(select(Account).where(Account.member_id == gone.id)).one_or_none()
    if account is None:
        return
    own = w.session.scalars(select(Account).where(Account.member_id == kept.id)).one_or_none()
    if own is None:
        account.member_id = kept.id
        w.session.execute(update(ActivationSlip).where(ActivationSlip.member_id == gone.id).values(member_id=kept.id))
        return
    if own.password_hash == NO_PASSWORD and account.disabled_at is None:
        own.password_hash, own.password_changed_at = account.password_hash, account.password_changed_at
        own.notices_version = account.notices_version
    account.disabled_at = account.disabled_at or w.now
    slips.revoke(w, [gone.id])


def _fill(w: Work, kept: Member, gone: Member) -> list[str]:
    """What is unknown of the row kept is taken from the one that goes; the names of what was."""
    filled = [name for name in FILLED if not getattr(kept, name) and getattr(gone, name)]
    is_nearer = kept.born_year_only and gone.born_on is not None and not gone.born_year_only
    if is_nearer:
        filled.append("born_on")
    taken = {name: getattr(gone, name) for name in filled}
    if "born_on" in taken:
        taken["born_year_only"] = gone.born_year_only
    if "card_number" in taken:
        gone.card_number = None
        w.session.flush()  # a number is given once
    for name, value in taken.items():
        setattr(kept, name, value)
    w.session.flush()
    return sorted(filled)


def _take(w: Work, model: Any, kept: Member, gone: Member, *key: InstrumentedAttribute[Any]) -> None:
    """The rows of the member who goes, save those of which the one kept has his own."""
    own = aliased(model)
    same = and_(own.member_id == kept.id, *(getattr(own, column.key) == column for column in key))
    w.session.execute(
        update(model)
        .where(model.member_id == gone.id, ~select(own.member_id).where(same).exists())
        .values(member_id=kept.id)
        .execution_options(synchronize_session=False)
    )
