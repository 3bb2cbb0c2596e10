"""Mails over a real socket: only with a yes, each once, no faster than allowed, and whatever the server does."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from quiz_app.contests.models import Round
from quiz_app.kernel import switches
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Refused
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.switches import Switch
from quiz_app.members import services as members
from quiz_app.members.models import Member, Purpose
from quiz_app.reminders import sending, services
from quiz_app.reminders.errors import NobodyToMail, RoundIsOver
from quiz_app.reminders.models import MailState, Occasion, Reminder, ReminderMail
from quiz_app.reminders.sending import Outbox, queue_planned, send_due
from quiz_app.worker import mailing
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.features.reminders.conftest import Agree, address, ask, outbox_of, states, to
from tests.features.reminders.smtp import Inbox
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import Work, actor_of


def test_only_who_agreed_has_an_address_and_has_not_sat(
    work: Work, db: Database, commune: Commune, round_: Round, agree: Agree, inbox: Inbox, outbox: Outbox
) -> None:
    agree(commune.member, commune.colleague, commune.exempt, commune.stranger)  # sat; asked; exempt; of another unit
    with work() as w:
        w.session.get_one(Member, commune.probationer.id).email = "co-dia-chi@example.vn"  # never said yes
    assert ask(work, commune, round_) == 1
    assert send_due(outbox, db) == 1
    (letter,) = inbox.letters
    assert letter["To"] == address(commune.colleague)
    assert letter["From"] == "hoc-tap@xa.vn"
    assert letter["Subject"] == "Nhắc dự thi: Tuần 1"
    body = letter.get_content()
    assert "Chào đồng chí Đỗ Thị Bình!" in body
    assert letter["List-Unsubscribe"].strip("<>") in body
    assert "Nguyễn Văn An" not in body
    with db.reading() as session:
        noted = session.scalars(select(Reminder)).one()
    assert (noted.member_id, noted.unit_id, noted.channel) == (commune.colleague.id, commune.first.id, "mail")
    assert noted.by_member_id == commune.secretary.id
    assert send_due(outbox, db) == 0


def test_nobody_is_mailed_again_before_twenty_hours(
    work: Work, db: Database, clock: Clock, commune: Commune, round_: Round, agree: Agree, outbox: Outbox, inbox: Inbox
) -> None:
    agree(commune.colleague)
    assert ask(work, commune, round_) == 1
    with pytest.raises(NobodyToMail):
        ask(work, commune, round_)  # it still waits
    send_due(outbox, db)
    clock.move(hours=19)
    with pytest.raises(NobodyToMail):
        ask(work, commune, round_)
    clock.move(hours=2)
    assert ask(work, commune, round_) == 1
    send_due(outbox, db)
    assert len(inbox.letters) == 2


def test_two_secretaries_asking_at_once_send_one_mail(
    work: Work, db: Database, commune: Commune, round_: Round, agree: Agree, outbox: Outbox, inbox: Inbox
) -> None:
    agree(commune.colleague, commune.probationer)
    with db.reading() as session:
        actors = [actor_of(session, who) for who in (commune.secretary, commune.overseer)]
    start = threading.Barrier(2)
    counts: list[int] = []

    def act(place: int) -> None:
        start.wait()
        try:
            with work(actor=actors[place]) as w:
                counts.append(services.ask_mails(w, round_.id, commune.first.id))
        except Refused:
            counts.append(0)

    threads = [threading.Thread(target=act, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 2]
    send_due(outbox, db)
    assert to(inbox) == sorted([address(commune.colleague), address(commune.probationer)])


@pytest.mark.parametrize("change", ["sat", "declined", "closed"])
def test_what_is_no_longer_wanted_is_not_sent(
    work: Work, db: Database, clock: Clock, commune: Commune, round_: Round, agree: Agree, outbox: Outbox, inbox: Inbox,
    change: str,
) -> None:  # fmt: skip
    agree(commune.colleague)
    ask(work, commune, round_)
    with work(actor=commune.colleague) as w:
        if change == "sat":
            attempt(w, w.session.get_one(Round, round_.id), commune.colleague, 12)
        elif change == "declined":
            members.revoke_consent(w, Purpose.REMINDER_MAIL)
    if change == "closed":
        clock.move(hours=30)
    assert send_due(outbox, db) == 0
    assert (states(db), inbox.letters) == (["skipped"], [])


def test_the_rate_holds_over_runs(
    work: Work, db: Database, clock: Clock, commune: Commune, round_: Round, agree: Agree, inbox: Inbox
) -> None:
    agree(commune.colleague, commune.probationer, commune.secretary)
    ask(work, commune, round_)
    slow = outbox_of(inbox.port, per_minute=2)
    assert [send_due(slow, db), send_due(slow, db)] == [2, 0]
    clock.move(seconds=61)
    assert send_due(slow, db) == 1


def test_without_a_server_mails_wait(
    work: Work, db: Database, clock: Clock, commune: Commune, round_: Round, agree: Agree, inbox: Inbox, outbox: Outbox
) -> None:
    agree(commune.colleague)
    ask(work, commune, round_)
    nowhere = replace(outbox, mail=replace(outbox.mail, port=1))
    assert send_due(nowhere, db) == 0
    assert states(db) == ["queued"]
    clock.move(minutes=3)
    assert send_due(outbox, db) == 1


def test_an_address_that_is_none_harms_nobody_else(
    work: Work, db: Database, commune: Commune, round_: Round, agree: Agree, inbox: Inbox, outbox: Outbox
) -> None:
    agree(commune.colleague, commune.probationer)
    with work() as w:
        w.session.get_one(Member, commune.colleague.id).email = "a@b.vn\nBcc: c@d.vn"
    ask(work, commune, round_)
    assert send_due(outbox, db) == 1
    assert to(inbox) == [address(commune.probationer)]
    assert sorted(states(db)) == ["failed", "sent"]


def test_a_mail_of_a_dead_worker_is_never_sent_again(
    work: Work, db: Database, clock: Clock, commune: Commune, round_: Round, agree: Agree, inbox: Inbox, outbox: Outbox
) -> None:
    agree(commune.colleague)
    ask(work, commune, round_)
    with work() as w:
        w.session.execute(update(ReminderMail).values(state=MailState.SENDING.value))
    send_due(outbox, db)
    assert states(db) == ["sending"]
    clock.move(minutes=11)
    send_due(outbox, db)
    assert (states(db), inbox.letters) == (["unknown"], [])


def test_two_workers_send_each_mail_once(
    work: Work, db: Database, commune: Commune, round_: Round, agree: Agree, inbox: Inbox, outbox: Outbox
) -> None:
    agree(commune.colleague, commune.probationer, commune.secretary)
    ask(work, commune, round_)
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        send_due(outbox, db)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(inbox.letters) == len(set(to(inbox))) == 3


def plan(work: Work, commune: Commune, round_: Round, occasion: Occasion, hours: int | None, by: Member) -> None:
    unit = commune.root if by is commune.overseer else commune.first
    with work(actor=by) as w:
        services.set_plan(w, round_.id, unit.id, occasion, hours)


def test_a_plan_before_the_close_runs_once(
    work: Work, db: Database, clock: Clock, commune: Commune, round_: Round, agree: Agree, inbox: Inbox, outbox: Outbox
) -> None:
    """The round closes in a day. The overseer's plan holds for everybody below, the secretary's for his unit."""
    agree(commune.colleague, commune.stranger)
    plan(work, commune, round_, Occasion.CLOSING, 6, commune.secretary)
    plan(work, commune, round_, Occasion.CLOSING, 6, commune.overseer)
    assert queue_planned(db) == 0
    clock.move(hours=18, seconds=1)
    assert queue_planned(db) == 2
    assert queue_planned(db) == 0
    send_due(outbox, db)
    assert to(inbox) == sorted([address(commune.colleague), address(commune.stranger)])
    plan(work, commune, round_, Occasion.CLOSING, None, commune.secretary)  # too late to take it back
    plan(work, commune, round_, Occasion.CLOSING, 5, commune.secretary)
    clock.move(hours=2)
    assert queue_planned(db) == 0


def test_two_workers_fire_a_plan_once(
    work: Work, db: Database, clock: Clock, settings: Settings, commune: Commune, agree: Agree, inbox: Inbox
) -> None:
    """What the worker's loop runs every minute and every ten seconds, by two workers at once."""
    agree(commune.colleague, commune.probationer, commune.stranger)
    with work() as w:
        coming = open_round(w, commune.root, opened=timedelta(hours=1), closes=timedelta(days=3))
        roster(w, coming, [*commune.voters, commune.stranger])
    plan(work, commune, coming, Occasion.OPENING, 0, commune.secretary)
    plan(work, commune, coming, Occasion.OPENING, 0, commune.overseer)
    plan(work, commune, coming, Occasion.CLOSING, 24, commune.overseer)
    loop = mailing(replace(settings, mail=outbox_of(inbox.port).mail))

    def turn() -> None:
        start = threading.Barrier(2)
        failed: list[BaseException] = []

        def run() -> None:
            start.wait()
            try:
                for each in (*loop, *loop):
                    each.run(db)
            except BaseException as error:  # told by the test's own thread
                failed.append(error)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []

    turn()
    assert inbox.letters == []
    everybody = sorted(map(address, (commune.colleague, commune.probationer, commune.stranger)))
    for hours, letters in ((1.01, everybody), (0.5, []), (47, everybody), (1, [])):
        clock.move(hours=hours)
        inbox.letters.clear()
        turn()
        assert to(inbox) == letters


def test_a_plan_for_the_opening_and_one_taken_back(
    work: Work, db: Database, clock: Clock, commune: Commune, agree: Agree
) -> None:
    agree(commune.colleague)
    with work() as w:
        coming = open_round(w, commune.root, opened=timedelta(hours=1), closes=timedelta(days=3))
        roster(w, coming, commune.voters)
    plan(work, commune, coming, Occasion.OPENING, 0, commune.secretary)
    plan(work, commune, coming, Occasion.CLOSING, 24, commune.secretary)
    plan(work, commune, coming, Occasion.CLOSING, None, commune.secretary)
    assert queue_planned(db) == 0
    clock.move(hours=1, seconds=1)
    assert queue_planned(db) == 1
    clock.move(days=2)
    assert queue_planned(db) == 0


def test_a_plan_missed_by_a_worker_that_stood_still_sends_nothing(
    work: Work, db: Database, clock: Clock, commune: Commune, round_: Round, agree: Agree
) -> None:
    agree(commune.colleague)
    plan(work, commune, round_, Occasion.CLOSING, 6, commune.secretary)
    clock.move(days=2)
    assert queue_planned(db) == 0
    with pytest.raises(RoundIsOver):
        ask(work, commune, round_)


def test_nothing_goes_out_while_the_house_is_read_only(
    work: Work, db: Database, commune: Commune, round_: Round, agree: Agree, inbox: Inbox, outbox: Outbox
) -> None:
    agree(commune.colleague)
    ask(work, commune, round_)
    with work() as w:
        switches.turn_on(w, Switch.READ_ONLY, "Dồn sức", timedelta(hours=1))
    assert send_due(outbox, db) == 0
    assert inbox.letters == []


def test_the_link_of_a_mail_is_of_one_member_and_of_this_house(commune: Commune) -> None:
    token = sending.decline_token(["a" * 32], commune.member.id)
    assert sending.declined_member(["a" * 32], token) == commune.member.id
    assert sending.declined_member(["a" * 32, "b" * 32], token) == commune.member.id
    assert sending.declined_member(["b" * 32], token) is None
    assert sending.declined_member(["a" * 32], token + "x") is None
