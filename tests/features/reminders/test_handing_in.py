"""What a mail server may say or do, over a real socket: each mail once, and none harms another."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.mail import Mail
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.members.models import Member
from quiz_app.reminders import handing_in, queries, sending, services
from quiz_app.reminders.models import MailState, ReminderMail
from quiz_app.reminders.sending import Outbox, send_due
from tests.features.reminders.conftest import Agree, address, ask, states, to
from tests.features.reminders.smtp import Inbox
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import Work


def test_what_the_server_refuses(
    work: Work, db: Database, clock: Clock, commune: Commune, round_: Round, agree: Agree, inbox: Inbox, outbox: Outbox
) -> None:
    """For ever: failed. For now: tried again later, five times at most. The line breaks while it takes it: unknown."""
    agree(commune.colleague, commune.probationer, commune.secretary)
    inbox.replies = {
        address(commune.colleague): "550 no such box",
        address(commune.probationer): "451 later",
        address(commune.secretary): "hang-up",
    }
    ask(work, commune, round_)
    assert send_due(outbox, db) == 0
    with db.reading() as session:
        kept = {row.member_id: row.state for row in session.scalars(select(ReminderMail))}
    assert kept == {
        commune.colleague.id: MailState.FAILED.value,
        commune.probationer.id: MailState.QUEUED.value,
        commune.secretary.id: MailState.UNKNOWN.value,
    }
    for _ in range(5):
        clock.move(minutes=40)
        send_due(outbox, db)
    assert sorted(states(db)) == ["failed", "failed", "unknown"]
    assert inbox.letters == []


def test_a_line_that_breaks_costs_the_mail_under_way_alone(
    work: Work, db: Database, commune: Commune, round_: Round, agree: Agree, inbox: Inbox, outbox: Outbox
) -> None:
    """Of the others the server has surely not heard: they go out with the next line."""
    agree(commune.colleague, commune.probationer, commune.secretary)
    with work() as w:
        for place, person in enumerate((commune.secretary, commune.colleague, commune.probationer)):
            services.queue_mails(w, w.session.get_one(Round, round_.id), _to(person), f"lan-{place}")
    inbox.replies = {address(commune.secretary): "hang-up"}
    assert send_due(outbox, db) == 0
    assert states(db) == [MailState.UNKNOWN.value, MailState.QUEUED.value, MailState.QUEUED.value]
    assert send_due(outbox, db) == 2
    assert to(inbox) == sorted([address(commune.colleague), address(commune.probationer)])


@pytest.mark.parametrize(
    "reply", ["421 closing down", "text 421 closing down", "text 451 later", "550 no such box", "dot 452 no room"]
)
def test_who_is_refused_harms_nobody_else(
    work: Work,
    db: Database,
    commune: Commune,
    round_: Round,
    agree: Agree,
    inbox: Inbox,
    outbox: Outbox,
    reply: str,
) -> None:
    """However the server says it, and whatever state its line is in then."""
    agree(commune.colleague, commune.probationer)
    with work() as w:
        for person in (commune.colleague, commune.probationer):
            services.queue_mails(w, w.session.get_one(Round, round_.id), _to(person), f"lan-{person.id}")
    inbox.replies = {address(commune.colleague): reply}
    assert send_due(outbox, db) == 1
    first, second = states(db)
    assert first == (MailState.FAILED if reply.startswith("550") else MailState.QUEUED).value
    assert second == MailState.SENT.value


@pytest.mark.parametrize(("reply", "state"), [("dot 251 taken", MailState.SENT), ("dot 120 what", MailState.UNKNOWN)])
def test_an_odd_answer_to_a_mail_is_no_refusal(
    work: Work,
    db: Database,
    commune: Commune,
    round_: Round,
    agree: Agree,
    inbox: Inbox,
    outbox: Outbox,
    reply: str,
    state: MailState,
) -> None:
    """Who was told as not reached would be written to again."""
    agree(commune.colleague)
    ask(work, commune, round_)
    inbox.replies = {address(commune.colleague): reply}
    send_due(outbox, db)
    assert states(db) == [state.value]


@pytest.mark.parametrize("odd", ["=?utf-8?q??=@example.vn", "=?utf-8?q?a=0d=0a?=@example.vn", "đồng@example.vn"])
def test_an_address_no_letter_can_bear_holds_up_nobody(
    work: Work, db: Database, commune: Commune, round_: Round, agree: Agree, inbox: Inbox, outbox: Outbox, odd: str
) -> None:
    agree(commune.colleague, commune.probationer)
    with work() as w:
        w.session.get_one(Member, commune.colleague.id).email = odd
    ask(work, commune, round_)
    assert send_due(outbox, db) == 1
    assert sorted(states(db)) == [MailState.FAILED.value, MailState.SENT.value]


def test_breaks_in_a_title_do_not_reach_the_subject(
    work: Work, db: Database, commune: Commune, round_: Round, agree: Agree, inbox: Inbox, outbox: Outbox
) -> None:
    agree(commune.colleague)
    with work() as w:
        w.session.get_one(Round, round_.id).title = "Tuần một\u2028đợt\nmột"
    ask(work, commune, round_)
    assert send_due(outbox, db) == 1
    assert inbox.letters[0]["Subject"] == "Nhắc dự thi: Tuần một đợt một"


def test_what_the_library_cannot_write_holds_up_nobody(
    work: Work,
    db: Database,
    commune: Commune,
    round_: Round,
    agree: Agree,
    inbox: Inbox,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agree(commune.colleague, commune.probationer)
    write = sending.compose

    def compose(mail: Mail, to: str, **told: Any) -> EmailMessage:
        if to == address(commune.colleague):
            raise IndexError("what the library says of some addresses")
        return write(mail, to, **told)

    monkeypatch.setattr(sending, "compose", compose)
    ask(work, commune, round_)
    assert send_due(outbox, db) == 1
    assert sorted(states(db)) == [MailState.FAILED.value, MailState.SENT.value]


@pytest.mark.parametrize("changes", [{"host": f"{'a' * 64}.vn"}, {"username": "ai", "password": "mật-khẩu"}])
def test_settings_the_protocol_cannot_say_leave_the_mails_waiting(
    work: Work,
    db: Database,
    commune: Commune,
    round_: Round,
    agree: Agree,
    inbox: Inbox,
    outbox: Outbox,
    changes: dict[str, str],
) -> None:
    agree(commune.colleague, commune.probationer)
    ask(work, commune, round_)
    inbox.offers_login = True
    odd = replace(outbox.mail, **changes)  # type: ignore[arg-type] # names are checked by replace
    assert send_due(replace(outbox, mail=odd), db) == 0
    assert states(db) == [MailState.QUEUED.value, MailState.QUEUED.value]
    assert handing_in.why_not(odd) is not None


def test_who_is_busy_in_the_middle_forgets_no_mail(
    work: Work,
    db: Database,
    commune: Commune,
    round_: Round,
    agree: Agree,
    inbox: Inbox,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the server has said of a mail is written however long the database is busy."""
    agree(commune.colleague)
    ask(work, commune, round_)
    at_first = iter([Overloaded])
    write = sending._note_sent

    def note_sent(w: UnitOfWork, mail: ReminderMail) -> None:
        for busy in at_first:
            raise busy
        write(w, mail)

    monkeypatch.setattr(sending, "_note_sent", note_sent)
    assert send_due(outbox, db) == 1
    assert states(db) == [MailState.SENT.value]
    assert len(inbox.letters) == 1


def _to(person: Member) -> queries.Recipients:
    return queries.Recipients((), (person.id,), 0, 0, 0)
