"""What moderators see and do: each rule stands twice, each act names what was read, and of two one is the first."""

from __future__ import annotations

from dataclasses import fields
from functools import partial

import pytest
from sqlalchemy import func, select

from quiz_app.asking import moderating, policy, queries, services
from quiz_app.asking.errors import ChangedMeanwhile, OwnQuestion, QuestionEnded
from quiz_app.asking.models import Kind, Question, State, Subject
from quiz_app.asking.queries import Asked
from quiz_app.asking.subjects import About
from quiz_app.catalogue.models import Lesson
from quiz_app.kernel.access import NOBODY, SYSTEM, Actor, Grant, Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.members.models import Member
from quiz_app.units import queries as units
from tests.features.asking.build import answered, merged, row, sent
from tests.features.attempts.test_granting_races import after
from tests.features.attempts.test_races import together
from tests.support import contest
from tests.support.build import Commune
from tests.support.sitting import at
from tests.support.works import View, Work, actor_of

TIMES = 8


@pytest.fixture
def lesson(work: Work, commune: Commune) -> About:
    with work() as w:
        contest.publish_sample_bank(w)
        found = w.session.scalars(select(Lesson).where(Lesson.slug == "bai-mot")).one()
    return About(Subject.LESSON, lesson_id=found.id)


def test_the_rules_agree(work: Work, commune: Commune, lesson: About) -> None:
    for sender in (commune.member, commune.inner_member, commune.organiser, commune.author):
        for about in (About(), lesson):
            for number, reader in enumerate((None, commune.author, commune.reviewer)):
                question_id = sent(work, sender, about=about, now=at(120 * number))
                with work() as w:
                    w.session.get_one(Question, question_id).assigned_to = None if reader is None else reader.id
    with work() as w:
        every = w.session.scalars(select(Question)).all()
        paths = {one.unit_id: units.path_ids(w.session, one.unit_id) for one in every}
        roots = units.root_ids(w.session)
        people = {one.name: getattr(commune, one.name) for one in fields(commune)}
        actors = {name: actor_of(w.session, who) for name, who in people.items() if isinstance(who, Member)}
        actors["lower author"] = Actor(
            member_id=commune.author.id, unit_id=commune.second.id, grants=(Grant(Role.AUTHOR, commune.second.id),)
        )
        seeing = {}
        for name, actor in {**actors, "nobody": NOBODY, "system": SYSTEM}.items():
            own = set(w.session.scalars(select(Question.id).where(policy.written(actor.member_id))))
            assert own == {one.id for one in every if policy.wrote(actor, one)}, name
            run = set(w.session.scalars(select(Question.id).where(policy.run_by(actor))))
            assert run == {one.id for one in every if policy.runs(actor, one, paths[one.unit_id])}, name
            seen = set(w.session.scalars(select(Question.id).where(policy.moderated(actor))))
            assert seen == {one.id for one in every if policy.moderates(actor, one, paths[one.unit_id], roots)}, name
            seeing[name] = len(seen)
    assert {name for name, count in seeing.items() if count} == {
        "organiser", "organiser_elsewhere", "author", "reviewer", "system",
    }  # fmt: skip
    assert seeing["organiser_elsewhere"] == len(every) // 4


def test_every_look_is_on_record_while_there_is_a_text(work: Work, commune: Commune) -> None:
    question_id = sent(work, commune.member, "Riêng tư.")

    def looks() -> int:
        with work() as w:
            opened = select(func.count()).where(AuditEntry.action == "question.opened")
            return w.session.scalar(opened.where(AuditEntry.actor_member_id == commune.organiser.id)) or 0

    for _ in range(2):
        with work(actor=commune.organiser) as w:
            assert moderating.open_question(w, question_id).question.text == "Riêng tư."
    assert looks() == 2
    for stranger in (commune.organiser_elsewhere, commune.secretary, commune.overseer, commune.author):
        with work(actor=stranger) as w, pytest.raises(Missing):
            moderating.open_question(w, question_id)
    with work(actor=commune.member) as w:
        services.withdraw(w, question_id)
    with work(actor=commune.organiser) as w:
        assert moderating.open_question(w, question_id).question.text == ""
        with pytest.raises(QuestionEnded):
            moderating.answer(w, question_id, 2, "Muộn rồi.")
    assert looks() == 2


def test_it_is_given_to_who_can_answer(work: Work, view: View, commune: Commune, lesson: About) -> None:
    about_page, about_lesson = sent(work, commune.member), sent(work, commune.member, about=lesson)
    with view(actor=commune.organiser) as r:
        fitting = [
            {one.id for one in queries.candidates(r.session, row(work, one))} for one in (about_page, about_lesson)
        ]
    assert fitting == [{commune.organiser.id}, {commune.organiser.id, commune.author.id, commune.reviewer.id}]
    with work(actor=commune.organiser, now=at(2)) as w:
        with pytest.raises(BadInput):
            moderating.assign(w, about_page, 1, commune.author.id)
        moderating.assign(w, about_lesson, 1, commune.author.id)
    with work(actor=commune.author, now=at(3)) as w:
        assert [one.question.id for one in queries.inbox(w, Asked(), limit=9)] == [about_lesson]
        with pytest.raises(Missing):  # who answers neither merges nor gives away
            moderating.merge(w, about_lesson, 2, about_page)
        with pytest.raises(ChangedMeanwhile):
            moderating.answer(w, about_lesson, 1, "Xem mục 1.")
        moderating.answer(w, about_lesson, 2, "Xem mục 1 <b>của</b> bài.")
    assert row(work, about_lesson).answer_html == "<p>Xem mục 1 &lt;b&gt;của&lt;/b&gt; bài.</p>"


def test_nobody_answers_himself(work: Work, commune: Commune) -> None:
    question_id, other_id = sent(work, commune.organiser), sent(work, commune.member)
    with work(actor=commune.organiser) as w:
        for act in (
            partial(moderating.answer, w, question_id, 1, "Tự trả lời."),
            partial(moderating.take_up, w, question_id, 1, Kind.REPORT),
            partial(moderating.merge, w, question_id, 1, other_id),
        ):
            with pytest.raises(OwnQuestion):
                act()


def test_what_cannot_be_merged(work: Work, commune: Commune) -> None:
    first, second, third = (sent(work, one) for one in (commune.member, commune.colleague, commune.stranger))
    inner = sent(work, commune.inner_member)
    merged(work, commune.organiser, first, second)
    with work(actor=commune.organiser) as w:
        for kept_id in (third, first, 2**40):  # itself, one that is merged already, none
            with pytest.raises(BadInput):
                moderating.merge(w, third, 1, kept_id)
    with work(actor=commune.organiser_elsewhere) as w, pytest.raises(BadInput):
        moderating.merge(w, inner, 1, second)  # he cannot see that one
    merged(work, commune.organiser, second, third)
    assert [row(work, one).merged_into_id for one in (first, second)] == [third, third]


def test_the_inbox_finds_by_everything(work: Work, view: View, commune: Commune, lesson: About) -> None:
    old = sent(work, commune.member, "Đường dẫn “Văn bản” bị hỏng", kind=Kind.REPORT, now=at(-10 * 24 * 60))
    young = sent(work, commune.stranger, "Bài một có gì mới?", about=lesson)
    done = sent(work, commune.colleague)
    answered(work, commune.organiser, done)
    with work(actor=commune.organiser) as w:
        moderating.assign(w, young, 1, commune.organiser.id)
    with view(actor=commune.organiser, now=at(10)) as r:

        def found(**asked: object) -> list[int]:
            wanted = Asked(**asked)  # type: ignore[arg-type] # names are checked by the class
            rows = [one.question.id for one in queries.inbox(r, wanted, limit=10)]
            assert len(rows) == queries.inbox_count(r, wanted)
            return rows

        assert found() == [young, old, done]
        assert found(is_open=True) == [old, young]
        assert found(state=State.ANSWERED) == [done]
        assert found(kind=Kind.REPORT) == [old]
        assert found(subject=Subject.LESSON) == [young]
        assert found(is_mine=True) == [young]
        assert found(waiting_days=7) == [old]
        assert found(words="duong DAN hong") == [old]
        assert found(words="100%") == []


def test_of_two_answers_one_is_the_first(work: Work, commune: Commune) -> None:
    for number in range(TIMES):
        question_id = sent(work, commune.member, now=at(number * 120))

        def reply(words: str, question_id: int = question_id) -> None:
            with work(actor=commune.organiser) as w:
                moderating.answer(w, question_id, 1, words)

        told = together(
            [
                partial(after, number, partial(reply, "Một.")),
                partial(after, number + 50, partial(reply, "Hai.")),
            ]
        )
        assert [isinstance(one, ChangedMeanwhile) for one in told].count(True) == 1
        first = told.index(None)
        assert row(work, question_id).answer == ("Một.", "Hai.")[first]
        assert row(work, question_id).revision == 2


def test_merged_while_it_is_taken_back_nobody_is_left_without_an_answer(work: Work, commune: Commune) -> None:
    for number in range(TIMES):
        kept = sent(work, commune.member, now=at(number * 120))
        other = sent(work, commune.colleague, now=at(number * 120))

        def put_together(other: int = other, kept: int = kept) -> None:
            with work(actor=commune.organiser) as w:
                moderating.merge(w, other, 1, kept)

        def take_back(kept: int = kept) -> None:
            with work(actor=commune.member) as w:
                services.withdraw(w, kept)

        told = together(
            [partial(after, number, put_together), partial(after, number + 50, take_back)],
        )
        assert told[1] is None
        assert told[0] is None or isinstance(told[0], BadInput)
        assert row(work, kept).state == "withdrawn"
        found = row(work, other)
        assert (found.state, found.merged_into_id) == ("new", None)


def test_of_two_sent_at_once_the_limit_counts_both(work: Work, commune: Commune) -> None:
    for minute in range(4):
        sent(work, commune.member, now=at(minute))
    told = together([partial(sent, work, commune.member, now=at(5))] * 3)
    assert sum(isinstance(one, int) for one in told) == 1
