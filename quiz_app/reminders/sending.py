"""The worker's part: mails whose time has come are put into the queue, and the queue is handed to the mail server.

Each mail is claimed in a transaction of its own just before the server hears of it. Whatever happens then, nobody is
written to twice: a worker that dies in between leaves one mail of which nobody knows, and it stays one.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from quiz_app.contests.models import RosterEntry, Round
from quiz_app.contests.timing import closed_for_all_at, timing_of
from quiz_app.kernel.db import Database
from quiz_app.kernel.mail import ADDRESS, Mail, Security
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.kernel.work import Work, working
from quiz_app.members import queries as members
from quiz_app.members.models import Member, Purpose
from quiz_app.reminders import labels, queries, services
from quiz_app.reminders.models import MailState, Occasion, ReminderMail, ReminderPlan
from quiz_app.reminders.texts import Tone, personal_text
from quiz_app.rules.timing import opens_first_at
from quiz_app.units import queries as units
from quiz_app.units.models import Unit

TIMEOUT_S = 20.0
LOOKED_AT_FOR_S = 5.0
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


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed mail, ready to be handed in."""

    mail_id: int
    address: str
    message: EmailMessage


@dataclass(frozen=True, slots=True)
class Outcome:
    """How handing in went. With `is_again` the server has surely not taken it, and may be asked once more."""

    state: MailState
    note: str = ""
    is_again: bool = False


def queue_planned(db: Database) -> int:
    """Queue the mails of every plan whose instant has come, each plan once; how many mails."""
    with working(db) as w:
        if is_on(w.session, Switch.READ_ONLY, w.now):
            return 0
        waiting = w.session.scalars(select(ReminderPlan).where(ReminderPlan.queued_at.is_(None)).with_for_update())
        return sum(_queue(w, plan) for plan in waiting)


def send_due(outbox: Outbox, db: Database) -> int:
    """Hand the mails that are due to the server, as many as the rate allows; how many were taken.

    Where the line breaks it ends, and leaves those that are not yet claimed to the next time.
    """
    sent, server = 0, None
    try:
        for _ in range(BATCH):
            letter = _claim(db, outbox)
            if letter is None:
                break
            server, outcome = _hand_in(server, outbox.mail, letter)
            with working(db) as w:
                _write(w, letter.mail_id, outcome)
            sent += outcome.state is MailState.SENT
            if server is None:
                break
    finally:
        if server is not None:
            _hang_up(server)
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
    """The next letter that is due and still wanted; None where there is none, or the rate allows no more."""
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
    """Claim a mail and write it; None where it is no longer wanted or has nowhere to go."""
    member = w.session.get_one(Member, mail.member_id)
    round_ = w.session.scalars(select(Round).options(joinedload(Round.contest)).where(Round.id == mail.round_id)).one()
    mail.changed_at = w.now
    if not _is_wanted(w, mail, member, round_):
        mail.state, mail.note = MailState.SKIPPED.value, labels.NO_LONGER_WANTED
        return None
    if not ADDRESS.fullmatch(member.email):
        mail.state, mail.note = MailState.FAILED.value, labels.BAD_ADDRESS
        return None
    mail.state, mail.tries = MailState.SENDING.value, mail.tries + 1
    facts = queries.facts_of(round_, "", w.now, outbox.public_url)
    declines_at = f"{outbox.public_url}{DECLINE_PATH}{decline_token(outbox.secret_keys, member.id)}"
    body = personal_text(Tone.WARM, facts, member.full_name) + "\n\n-- \n" + labels.DECLINE.format(address=declines_at)
    message = compose(
        outbox.mail, member.email, round_title=round_.title, body=body, declines_at=declines_at, now=w.now
    )
    return Letter(mail.id, member.email, message)


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


def _hand_in(server: smtplib.SMTP | None, mail: Mail, letter: Letter) -> tuple[smtplib.SMTP | None, Outcome]:
    """Over this line or a new one; the line, while it holds. It never raises."""
    try:
        server = server or _connected(mail)
    except (OSError, smtplib.SMTPException):
        return None, Outcome(MailState.FAILED, labels.NO_CONNECTION, is_again=True)
    outcome = _send(server, mail, letter)
    if outcome.state is MailState.UNKNOWN or server.sock is None:
        server.close()
        return None, outcome
    return server, outcome


def _hang_up(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def why_not(mail: Mail) -> str | None:
    """What keeps mails from being handed in now, in words for the administrator; None where nothing does."""
    try:
        _connected(mail, LOOKED_AT_FOR_S).close()
    except smtplib.SMTPAuthenticationError:
        return labels.NO_LOGIN
    except ssl.SSLError as error:
        return labels.NO_TLS.format(reason=error.reason or "TLS")
    except smtplib.SMTPException:
        return labels.NO_SMTP
    except OSError:
        return labels.NO_SERVER
    return None


def _connected(mail: Mail, timeout_s: float = TIMEOUT_S) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if mail.security is Security.TLS:
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=timeout_s, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=timeout_s)
    try:
        if mail.security is Security.STARTTLS:
            server.starttls(context=context)
        if mail.username:
            server.login(mail.username, mail.password)
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


def _send(server: smtplib.SMTP, mail: Mail, letter: Letter) -> Outcome:
    try:
        server.send_message(letter.message, from_addr=mail.sender, to_addrs=[letter.address])
    except smtplib.SMTPRecipientsRefused as refused:
        return _refused(next(iter(refused.recipients.values()))[0])
    except smtplib.SMTPResponseException as refused:
        return _refused(refused.smtp_code)
    except (OSError, smtplib.SMTPException):
        return Outcome(MailState.UNKNOWN, labels.NO_CONNECTION)
    return Outcome(MailState.SENT)


def _refused(code: int) -> Outcome:
    """Of what a server refuses for now it is asked again later."""
    return Outcome(MailState.FAILED, labels.REFUSED_BY_SERVER.format(code=code), is_again=400 <= code < 500)


def _write(w: Work, mail_id: int, outcome: Outcome) -> None:
    mail = w.session.get_one(ReminderMail, mail_id)
    mail.changed_at, mail.note = w.now, outcome.note
    if outcome.is_again and mail.tries < MOST_TRIES:
        mail.state, mail.due_at = MailState.QUEUED.value, w.now + timedelta(minutes=2**mail.tries)
        return
    mail.state = outcome.state.value
    if outcome.state is MailState.SENT:
        unit_id = w.session.scalar(
            select(RosterEntry.unit_id).where(
                RosterEntry.round_id == mail.round_id, RosterEntry.member_id == mail.member_id
            )
        )
        if unit_id is not None:
            services.note_mailed(w.session, mail, unit_id, w.now)
