"""A round of the commune in which Ánh, Bình and Lan have not sat, with e-mail addresses and yeses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.kernel.mail import Mail, Security
from quiz_app.members.models import Consent, Member, Purpose
from quiz_app.reminders import services
from quiz_app.reminders.models import ReminderMail
from quiz_app.reminders.sending import Outbox
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.features.reminders.smtp import Inbox, mail_server
from tests.support.build import Commune, username
from tests.support.works import Work

Agree = Callable[..., None]
KEYS = ("0" * 32,)


@pytest.fixture
def round_(work: Work, commune: Commune) -> Round:
    with work() as w:
        found = open_round(w, commune.root)
        roster(w, found, [*commune.voters, commune.stranger], [commune.exempt])
        attempt(w, found, commune.member, 18)
    return found


@pytest.fixture
def agree(work: Work) -> Agree:
    """`agree(member, …)`: each has an address and has said yes to mails."""

    def act(*people: Member) -> None:
        with work() as w:
            for person in people:
                w.session.get_one(Member, person.id).email = address(person)
                w.session.add(
                    Consent(member_id=person.id, purpose=Purpose.REMINDER_MAIL.value, text_version="1", given_at=w.now)
                )

    return act


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with mail_server() as found:
        yield found


@pytest.fixture
def outbox(inbox: Inbox) -> Outbox:
    return outbox_of(inbox.port)


def outbox_of(port: int, per_minute: int = 30) -> Outbox:
    mail = Mail("127.0.0.1", port, "hoc-tap@xa.vn", Security.NONE, per_minute=per_minute)
    return Outbox(mail, "https://hoc-tap.example.vn", KEYS)


def address(person: Member) -> str:
    return f"{username(person)}@example.vn"


def ask(work: Work, commune: Commune, round_: Round) -> int:
    with work(actor=commune.secretary) as w:
        return services.ask_mails(w, round_.id, commune.first.id)


def states(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(ReminderMail.state).order_by(ReminderMail.id)))


def to(inbox: Inbox) -> list[str]:
    return sorted(str(letter["To"]) for letter in inbox.letters)
