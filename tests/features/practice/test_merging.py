"""Two rows of one person made one: what he practised under both is his, and comes back as all of it says."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from quiz_app.people import merging
from quiz_app.practice import queries, services
from quiz_app.practice.models import PracticeAnswer, PracticeSession, ReviewCard
from tests.features.practice.build import MIXED, answer_all, publish
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import View, Work


def test_answers_of_both_rows_are_his(work: Work, view: View, commune: Commune) -> None:
    """The row that goes had a session under way: it ends, since he may have one alone. Its later answers decide."""
    kept, gone = commune.member, commune.colleague
    with work() as w:
        publish(w)
    with work(actor=kept, now=NOW) as w:
        answer_all(w, services.start(w, MIXED))
        running = services.start(w, MIXED)
    with work(actor=gone, now=NOW + timedelta(days=1)) as w:
        other = services.start(w, MIXED)
        answer_all(w, other, wrong=frozenset(range(1, 11)))
        wrong = {place.item_id for place in queries.places(w, other)}
        services.start(w, MIXED)
    with work(actor=commune.organiser, now=NOW + timedelta(days=2)) as w:
        merging.merge(w, kept.id, gone.id, reason="Nhập hai lần")
    with view() as r:
        assert r.session.scalar(select(func.count()).where(PracticeAnswer.member_id == kept.id)) == 20
        assert r.session.scalar(select(func.count()).where(ReviewCard.member_id == gone.id)) == 0
        cards = r.session.scalars(select(ReviewCard).where(ReviewCard.member_id == kept.id)).all()
        assert {card.item_id for card in cards if not card.was_right} == wrong
        under_way = select(PracticeSession.id).where(PracticeSession.ended_at.is_(None))
        assert r.session.scalars(under_way).all() == [running]
