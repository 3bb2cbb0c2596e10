"""The worker's part: mails whose time has come are put into the queue, and the queue is handed to the mail server.

Each mail is claimed in a transaction of its own just before the server hears of it. Whatever happens then, nobody is
written to twice: a worker that dies in between leaves one mail of which nobody knows, and it stays one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from functools import partial

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from quiz_app.contests.models import RosterEntry, Round
from quiz_app.contests.timing import closed_for_all_at, timing_of
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import patiently
from quiz_app.kernel.mail import ADDRESS, Mail
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.kernel.work import Work, working
from quiz_app.members import queries as members
from quiz_app.members.models import Member, Purpose
from quiz_app.reminders import labels, queries, services
from quiz_app.reminders.handing_in import Letter, Line, Outcome
from quiz_app.reminders.models import MailState, Occasion, ReminderMail, ReminderPlan
from quiz_app.reminders.texts import Tone, personal_text
from quiz_app.rules.timing import opens_first_at
from quiz_app.units import queries as units
from quiz_app.units.models import Unit

log = logging.getLogger(__name__)

BATCH = 20
MOST_TRIES = 5
DEAD_AFTER = timedelta(minutes=10)
DECLINE_PATH = "/nhac-thi/thoi-nhan/"


@dataclass(frozen=True, slots=True)
class Outbox:
    """What sending needs of the installation's settings."""

    mail: Mail
    public_url: str
    secret_keys: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> Outbox | None:
        """None where this installation sends no mail."""
        if settings.mail is None:
            return None
        return cls(settings.mail, settings.public_url, (*settings.secret_key_fallbacks, settings.secret_key))


def queue_planned(db: Database) -> int:
    """Queue the mails of every plan whose instant has come, each plan once; how many mails."""
    with working(db) as w:
        if is_on(w.session, Switch.READ_ONLY, w.now):
            return 0
        waiting = w.session.scalars(select(ReminderPlan).where(ReminderPlan.queued_at.is_(None)).with_for_update())
        return sum(_queue(w, plan) for plan in waiting)


def send_due(outbox: Outbox, db: Database) -> int:
    """Hand the mails that are due to the server, as many as the rate allows; how many were taken.

    Where the server is not to be reached it ends, and leaves those that are not yet claimed to the next time.
    """
    sent, line = 0, Line(outbox.mail)
    try:
        for _ in range(BATCH):
            letter = patiently(partial(_claim, db, outbox))
            if letter is None:
                break
            outcome = line.hand_in(letter)
            patiently(partial(_write, db, letter.mail_id, outcome))
            sent += outcome.state is MailState.SENT
            if outcome.is_cut_off:
                break
    finally:
        line.hang_up()
    return sent


def decline_token(secret_keys: Sequence[str], member_id: int) -> str:
    return str(_signer(secret_keys).dumps(member_id))


def declined_member(secret_keys: Sequence[str], token: str) -> int | None:
    """Whose link this is; None for one that was not made here."""
    try:
        found = _signer(secret_keys).loads(token)
    except BadSignature:
        return None
    return found if isinstance(found, int) else None


def _signer(secret_keys: Sequence[str]) -> URLSafeSerializer:
    return URLSafeSerializer(list(secret_keys), salt="reminder-mail")


def _queue(w: Work, plan: ReminderPlan) -> int:
    round_ = w.session.get_one(Round, plan.round_id)
    closes_at = closed_for_all_at(round_)
    if plan.occasion == Occasion.OPENING.value:
        due_at = opens_first_at(timing_of(round_))
    else:
        due_at = closes_at - timedelta(hours=plan.hours_before)
    if w.now < due_at:
        return 0
    plan.queued_at = w.now
    if w.now >= closes_at:
        return 0
    scope = units.subtree_ids(plan.unit_id) if plan.with_subtree else select(Unit.id).where(Unit.id == plan.unit_id)
    reached = queries.recipients(w.session, round_.id, scope, w.now)
    return services.queue_mails(w, round_, reached, f"plan:{plan.occasion}")


def _claim(db: Database, outbox: Outbox) -> Letter | None:
    """The first that is still wanted of the next BATCH; None where none is, or the rate allows no more."""
    with working(db) as w:
        if is_on(w.session, Switch.READ_ONLY, w.now):
            return None
        _give_up_on_the_dead(w)
        lately = select(func.count()).where(
            ReminderMail.changed_at > w.now - timedelta(minutes=1),
            ReminderMail.state.in_([MailState.SENT.value, MailState.SENDING.value]),
        )
        if (w.session.scalar(lately) or 0) >= outbox.mail.per_minute:
            return None
        due = w.session.scalars(
            select(ReminderMail)
            .where(ReminderMail.state == MailState.QUEUED.value, ReminderMail.due_at <= w.now)
            .order_by(ReminderMail.due_at, ReminderMail.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        return next((letter for mail in due if (letter := _letter(w, outbox, mail)) is not None), None)


def _letter(w: Work, outbox: Outbox, mail: ReminderMail) -> Letter | None:
    """Write a mail and claim it; None where it is no longer wanted or cannot be written."""
    member = w.session.get_one(Member, mail.member_id)
    round_ = w.session.scalars(select(Round).options(joinedload(Round.contest)).where(Round.id == mail.round_id)).one()
    mail.changed_at = w.now
    if not _is_wanted(w, mail, member, round_):
        mail.state, mail.note = MailState.SKIPPED.value, labels.NO_LONGER_WANTED
        return None
    if not ADDRESS.fullmatch(member.email):
        mail.state, mail.note = MailState.FAILED.value, labels.BAD_ADDRESS
        return None
    facts = queries.facts_of(round_, "", w.now, outbox.public_url)
    declines_at = f"{outbox.public_url}{DECLINE_PATH}{decline_token(outbox.secret_keys, member.id)}"
    body = personal_text(Tone.WARM, facts, member.full_name) + "\n\n-- \n" + labels.DECLINE.format(address=declines_at)
    try:
        message = compose(
            outbox.mail, member.email, round_title=round_.title, body=body, declines_at=declines_at, now=w.now
        )
        content = message.as_bytes(policy=SMTP)
    except Exception as error:  # one that the library has no words for must not keep back those behind it
        log.warning("mail %s could not be written: %s", mail.id, type(error).__name__)
        mail.state, mail.note = MailState.FAILED.value, labels.NOT_WRITTEN
        return None
    mail.state, mail.tries = MailState.SENDING.value, mail.tries + 1
    return Letter(mail.id, member.email, content)


def compose(mail: Mail, address: str, *, round_title: str, body: str, declines_at: str, now: datetime) -> EmailMessage:
    """The message as it goes over the line."""
    message = EmailMessage()
    message["Subject"] = labels.subject(round_title)
    message["From"] = mail.sender
    message["To"] = address
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{declines_at}>"
    message.set_content(body)
    return message


def _is_wanted(w: Work, mail: ReminderMail, member: Member, round_: Round) -> bool:
    if w.now >= closed_for_all_at(round_) or member.standing in members.GONE:
        return False
    if Purpose.REMINDER_MAIL not in members.consents_of(w.session, member.id):
        return False
    asked = select(RosterEntry.member_id).where(
        RosterEntry.round_id == mail.round_id, RosterEntry.member_id == mail.member_id, queries.STILL_TO_SIT
    )
    return w.session.scalar(asked) is not None


def _give_up_on_the_dead(w: Work) -> None:
    w.session.execute(
        update(ReminderMail)
        .where(ReminderMail.state == MailState.SENDING.value, ReminderMail.changed_at < w.now - DEAD_AFTER)
        .values(state=MailState.UNKNOWN.value, note=labels.DIED_SENDING)
    )


def _write(db: Database, mail_id: int, outcome: Outcome) -> None:
    with working(db) as w:
        mail = w.session.get_one(ReminderMail, mail_id)
        mail.changed_at, mail.note = w.now, outcome.note
        if outcome.is_again and mail.tries < MOST_TRIES:
            mail.state, mail.due_at = MailState.QUEUED.value, w.now + timedelta(minutes=2**mail.tries)
            return
        mail.state = outcome.state.value
        if outcome.state is MailState.SENT:
            _note_sent(w, mail)


def _note_sent(w: Work, mail: ReminderMail) -> None:
    asked = select(RosterEntry.unit_id).where(
        RosterEntry.round_id == mail.round_id, RosterEntry.member_id == mail.member_id
    )
    unit_id = w.session.scalar(asked)
    if unit_id is not None:
        services.note_mailed(w.session, mail, unit_id, w.now)
