"""Questions sent by members of the commune."""

from __future__ import annotations

from datetime import datetime

from quiz_app.asking import moderating, services
from quiz_app.asking.models import Kind, Question, State
from quiz_app.asking.subjects import About
from quiz_app.members.models import Member
from tests.support.sitting import at
from tests.support.works import Work

NO_PLACE = About()


def sent(
    work: Work, member: Member, words: str = "Xin hỏi ngày nộp bài.", *, about: About = NO_PLACE,
    kind: Kind = Kind.ASK, now: datetime | None = None,
) -> int:  # fmt: skip
    with work(actor=member, now=now or at(0)) as w:
        return services.ask(w, about, kind, words).id


def row(work: Work, question_id: int) -> Question:
    with work() as w:
        return w.session.get_one(Question, question_id)


def answered(
    work: Work, moderator: Member, question_id: int, words: str = "Ngày **30/12**.", *, minute: float = 5
) -> None:
    with work(actor=moderator, now=at(minute)) as w:
        moderating.answer(w, question_id, w.session.get_one(Question, question_id).revision, words)


def merged(work: Work, moderator: Member, question_id: int, kept_id: int) -> None:
    with work(actor=moderator, now=at(3)) as w:
        moderating.merge(w, question_id, w.session.get_one(Question, question_id).revision, kept_id)
    assert row(work, question_id).state == State.MERGED.value
