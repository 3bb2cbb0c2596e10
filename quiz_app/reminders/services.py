"""Acts of this feature: noting that somebody was reminded, asking for mails, and taking oneself off their list."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quiz_app.contests.models import Round
from quiz_app.contests.timing import closed_for_all_at
from quiz_app.kernel.work import Work
from quiz_app.members import queries as members
from quiz_app.members.models import Purpose
from quiz_app.participation import queries as participation
from quiz_app.participation.queries import Desk
from quiz_app.reminders import queries
from quiz_app.reminders.errors import NobodyToMail, RoundIsOver
from quiz_app.reminders.models import Channel, MailState, Occasion, Reminder, ReminderMail, ReminderPlan
from quiz_app.reminders.policy import Action

MOST_HOURS = 168


def note_group(w: Work, round_id: int, unit_id: int) -> None:
    """Write down that the unit's group was reminded. Raises Missing."""
    desk = participation.desk(w, round_id, unit_id)
    _note(w, desk, unit_id, None, Channel.GROUP)


def note_person(w: Work, round_id: int, unit_id: int, member_id: int) -> None:
    """Write down that a member was reminded by name. Raises Missing."""
    desk = participation.desk(w, round_id, unit_id)
    found = queries.person(w, desk, member_id)
    _note(w, desk, found.unit_id, found.member_id, Channel.PERSON)


def ask_mails(w: Work, round_id: int, unit_id: int) -> int:
    """Put a mail to each of the desk's recipients into the queue; how many. Raises Missing, RoundIsOver, NobodyToMail.

    Pressed twice it is one mail: whoever was just put there rests.
    """
    desk = _open_desk(w, round_id, unit_id)
    w.session.get_one(Round, round_id, with_for_update={"key_share": True})  # one at a time on PostgreSQL
    count = queue_mails(w, desk.round, queries.recipients(w.session, round_id, desk.scope, w.now), _occasion(w.now))
    if not count:
        raise NobodyToMail
    w.record(Action.MAILS_ASKED, f"unit:{unit_id}", round_id=round_id, occasion="asked", count=count)
    return count


def queue_mails(w: Work, round_: Round, reached: queries.Recipients, occasion: str) -> int:
    """A mail to each, at most one for an occasion; how many are new."""
    known = set(
        w.session.scalars(
            select(ReminderMail.member_id).where(ReminderMail.round_id == round_.id, ReminderMail.occasion == occasion)
        )
    )
    wanted = [member_id for member_id in reached.member_ids if member_id not in known]
    for member_id in wanted:
        w.session.add(
            ReminderMail(
                round_id=round_.id,
                member_id=member_id,
                occasion=occasion,
                state=MailState.QUEUED.value,
                due_at=w.now,
                changed_at=w.now,
                asked_by=w.actor.member_id,
            )
        )
    w.session.flush()
    return len(wanted)


def set_plan(w: Work, round_id: int, unit_id: int, occasion: Occasion, hours_before: int | None) -> None:
    """Let mails go out by themselves, or with None no longer; what has gone out stays. Raises Missing, RoundIsOver."""
    desk = _open_desk(w, round_id, unit_id)
    kept = w.session.get(ReminderPlan, (round_id, unit_id, occasion.value), with_for_update=True)
    if kept is not None and kept.queued_at is not None:
        return
    if hours_before is None:
        if kept is None:
            return
        w.session.delete(kept)
    elif kept is None:
        plan = ReminderPlan(
            round_id=round_id,
            unit_id=unit_id,
            occasion=occasion.value,
            with_subtree=desk.with_subtree,
            hours_before=hours_before,
            created_by=w.actor.member_id,
            created_at=w.now,
        )
        try:
            with w.session.begin_nested():
                w.session.add(plan)
        except IntegrityError:  # pressed twice
            return
    else:
        kept.hours_before = hours_before
    w.record(
        Action.PLAN_SET,
        f"unit:{unit_id}",
        round_id=round_id,
        occasion=occasion.value,
        is_on=hours_before is not None,
        hours_before=hours_before or 0,
    )


def decline(w: Work, member_id: int) -> None:
    """Take a member off the list of those who get mails; done again nothing happens. For whoever holds his link."""
    held = members.consents_of(w.session, member_id).get(Purpose.REMINDER_MAIL)
    if held is None:
        return
    held.revoked_at = w.now
    w.record(Action.MAIL_DECLINED, f"member:{member_id}", purpose=Purpose.REMINDER_MAIL.value)


def note_mailed(session: Session, mail: ReminderMail, unit_id: int, now: datetime) -> None:
    """Write down that a mail was handed to the server."""
    session.add(
        Reminder(
            round_id=mail.round_id,
            unit_id=unit_id,
            member_id=mail.member_id,
            channel=Channel.MAIL.value,
            at=now,
            by_member_id=mail.asked_by,
        )
    )


def _note(w: Work, desk: Desk, unit_id: int, member_id: int | None, channel: Channel) -> None:
    w.session.add(
        Reminder(
            round_id=desk.round.id,
            unit_id=unit_id,
            member_id=member_id,
            channel=channel.value,
            at=w.now,
            by_member_id=w.actor.member_id,
        )
    )
    facts = {"round_id": desk.round.id, "member_id": member_id, "channel": channel.value}
    w.record(Action.REMINDED, f"unit:{unit_id}", **facts)


def _open_desk(w: Work, round_id: int, unit_id: int) -> Desk:
    desk = participation.desk(w, round_id, unit_id)
    if w.now >= closed_for_all_at(desk.round):
        raise RoundIsOver
    return desk


def _occasion(now: datetime) -> str:
    return f"asked:{now:%Y%m%d%H%M%S%f}"
