"""The worker dies while it hands mails in: nobody is written to twice, and none that was not is told as sent."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, update

from quiz_app.contests.models import Round
from quiz_app.kernel.work import working
from quiz_app.members.models import Consent, Member, Purpose
from quiz_app.reminders import queries, sending, services
from quiz_app.reminders.models import Channel, MailState, Reminder, ReminderMail
from tests.faults.conftest import Site
from tests.faults.counts import WORKER
from tests.faults.ledger import Balance
from tests.faults.load import sitting
from tests.faults.programs import READY_WITHIN_S
from tests.features.reminders.smtp import Inbox, mail_server

pytestmark = pytest.mark.faults

SITTERS = 3
TRIES = 5  # for each kill that is to fall between the first mail and the last
ENOUGH = 10  # kills, of which one at least falls into a mail
OUT = {MailState.SENT.value, MailState.SENDING.value}
UNDER_WAY = {MailState.QUEUED.value, MailState.SENDING.value}


def test_killed_within_mails(site: Site) -> None:
    server = site.server()
    members = [actor.member for actor in site.actors[SITTERS:]]
    addresses = _with_addresses(site, members)
    wrong: list[str] = []
    fell = unknown = 0
    with mail_server() as inbox, sitting(site, server, people=SITTERS):
        site.env |= {
            "MAIL_HOST": "127.0.0.1",
            "MAIL_PORT": str(inbox.port),
            "MAIL_SECURITY": "none",
            "MAIL_FROM": "hoc-tap@xa.vn",
            "MAIL_PER_MINUTE": "600",
        }
        worker = site.worker()
        for turn in range(TRIES * WORKER):
            before = len(inbox.letters)
            _ask(site, members, turn)
            if fell == WORKER:
                break
            _await(site, _so_many(inbox, before + random.randrange(1, len(members))))  # noqa: S311 - where the kill falls
            worker.kill()
            fell += bool(UNDER_WAY & set(_states(site, turn).values()))
            killed_at = _now(site)
            worker.start()
            _await(site, partial(_is_handed_in, site, turn, killed_at))
            left = list(_states(site, turn).values()).count(MailState.SENDING.value)
            wrong += [] if left <= 1 else [f"turn {turn}: of {left} nobody knows after one kill"]
            unknown += left
            wrong += _of_turn(site, turn, addresses, [str(letter["To"]) for letter in inbox.letters[before:]])
        assert fell == WORKER, f"of {turn} kills {fell} fell between the first mail and the last"
        _await(site, partial(_is_handed_in, site, turn, killed_at))
        wrong += _of_turn(site, turn, addresses, [str(letter["To"]) for letter in inbox.letters[before:]])
        wrong += _told_of(site)
        received = len(inbox.letters)
        _let_pass(site)
        _await(site, lambda: not _left(site))
        wrong += [] if len(inbox.letters) == received else ["what nobody knew of was sent again"]
    assert unknown or WORKER < ENOUGH, "no kill fell into a mail"
    balance = site.ledger.balance(site.db, is_quiet=True) + Balance(wrong=tuple(wrong))
    site.judge("worker killed within mails", fell, balance, mails=received, unknown=unknown)


def _with_addresses(site: Site, members: list[int]) -> dict[int, str]:
    """Each of them has an address and has said yes to mails; the addresses."""
    addresses = {member_id: f"dang-vien-{member_id}@example.vn" for member_id in members}
    with working(site.db) as w:
        for member_id, address in addresses.items():
            w.session.get_one(Member, member_id).email = address
            w.session.add(
                Consent(member_id=member_id, purpose=Purpose.REMINDER_MAIL.value, text_version="1", given_at=w.now)
            )
    return addresses


def _ask(site: Site, members: list[int], turn: int) -> None:
    reached = queries.Recipients((), tuple(members), 0, 0, 0)
    with working(site.db) as w:
        services.queue_mails(w, w.session.get_one(Round, site.round_id), reached, _occasion(turn))


def _of_turn(site: Site, turn: int, addresses: dict[int, str], received: list[str]) -> list[str]:
    """What was received and what is told of it: each once, none that still waits, and each that is told as sent."""
    wrong = [f"turn {turn}: {address} {times} times" for address, times in Counter(received).items() if times > 1]
    for member_id, state in _states(site, turn).items():
        came = addresses[member_id] in received
        if came and state not in OUT:
            wrong.append(f"turn {turn}: {member_id} was written to and is {state}")
        if state == MailState.SENT.value and not came:
            wrong.append(f"turn {turn}: {member_id} is told as sent")
    return wrong


def _is_handed_in(site: Site, turn: int, since: datetime) -> bool:
    """Whether none of that turn waits, and none that was claimed since then is under way."""
    claimed = (ReminderMail.state == MailState.SENDING.value) & (ReminderMail.changed_at > since)
    waits = (ReminderMail.state == MailState.QUEUED.value) | claimed
    with site.db.reading() as session:
        asked = select(ReminderMail.id).where(ReminderMail.occasion == _occasion(turn), waits)
        return session.scalars(asked.limit(1)).first() is None


def _told_of(site: Site) -> list[str]:
    """Of each mail that was surely taken the round's desk knows, once."""
    with site.db.reading() as session:
        sent = session.scalar(select(func.count()).where(ReminderMail.state == MailState.SENT.value))
        told = session.scalar(select(func.count()).where(Reminder.channel == Channel.MAIL.value))
    return [] if sent == told else [f"{sent} mails sent, {told} told"]


def _let_pass(site: Site) -> None:
    """Those of which nobody knows have waited for as long as a worker may take."""
    with working(site.db) as w:
        w.session.execute(
            update(ReminderMail)
            .where(ReminderMail.state == MailState.SENDING.value)
            .values(changed_at=w.now - sending.DEAD_AFTER - timedelta(minutes=1))
        )


def _left(site: Site) -> int:
    """How many mails have no last state."""
    with site.db.reading() as session:
        return session.scalar(select(func.count()).where(ReminderMail.state.in_(UNDER_WAY))) or 0


def _states(site: Site, turn: int) -> dict[int, str]:
    asked = select(ReminderMail.member_id, ReminderMail.state).where(ReminderMail.occasion == _occasion(turn))
    with site.db.reading() as session:
        return {row.member_id: row.state for row in session.execute(asked)}


def _now(site: Site) -> datetime:
    with site.db.reading() as session:
        return site.db.now(session)


def _occasion(turn: int) -> str:
    return f"lan-{turn}"


def _so_many(inbox: Inbox, letters: int) -> Callable[[], bool]:
    return lambda: len(inbox.letters) >= letters


def _await(site: Site, holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + READY_WITHIN_S
    while not holds():
        assert time.monotonic() < ends, f"it never came\n{site.log()}"
        time.sleep(0.0005)
