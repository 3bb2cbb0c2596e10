"""Sending, limits, taking back, what a question may be about, and how long its text is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from quiz_app.asking import queries, services, subjects
from quiz_app.asking.errors import QuestionEnded, TooManyQuestions
from quiz_app.asking.models import Kind, Question, State, Subject
from quiz_app.asking.subjects import KEYS, LESSON, RESULT, About, Place
from quiz_app.attempts import services as attempts
from quiz_app.attempts.errors import NotYetShown
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Lesson
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading
from tests.features.asking.build import answered, merged, row, sent
from tests.support import contest
from tests.support.build import Commune
from tests.support.sitting import at
from tests.support.works import View, Work

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("ages_min", "waits_min"),
    [
        ([], None),
        ([0, 1, 2, 3], None),
        ([0, 1, 2, 3, 59], 1),
        ([0, 1, 2, 3, 60], None),  # at the very end of the hour the first of the five counts no more
        ([70 * n for n in range(20)], 24 * 60 - 70 * 19),
        ([70 * n for n in range(19)], None),
        ([0, 1, 2, 3, 4, *(100 + 60 * n for n in range(15))], 24 * 60 - 940),  # both: the longer one decides
    ],
)
def test_from_when_on_one_more_may_be_sent(ages_min: list[int], waits_min: int | None) -> None:
    found = services.free_at([at(-age) for age in ages_min], at(0))
    assert found == (None if waits_min is None else at(waits_min))


def test_too_many_are_refused_with_the_instant_and_the_withdrawn_count(work: Work, commune: Commune) -> None:
    ids = [sent(work, commune.member, now=at(minute)) for minute in range(5)]
    with work(actor=commune.member, now=at(6)) as w:
        services.withdraw(w, ids[0])
    with pytest.raises(TooManyQuestions) as refused:
        sent(work, commune.member, now=at(7))
    assert refused.value.facts["at"] == "10:00 ngày 01/12/2026"
    sent(work, commune.colleague, now=at(7))  # another's are his own
    sent(work, commune.member, now=at(60))


@pytest.mark.parametrize("words", ["", "  \n ", "x" * (services.LONGEST_TEXT + 1)])
def test_nothing_and_too_much_are_no_question(work: Work, commune: Commune, words: str) -> None:
    with pytest.raises(BadInput):
        sent(work, commune.member, words)


def test_what_was_written_stands_nowhere_but_in_its_row(work: Work, commune: Commune) -> None:
    question_id = sent(work, commune.member, "Đèn hội trường hỏng.", kind=Kind.REPORT)
    found = row(work, question_id)
    assert (found.unit_id, found.kind, found.state) == (commune.first.id, "report", "new")
    with work() as w:
        entry = w.session.scalars(select(AuditEntry).where(AuditEntry.subject == f"question:{question_id}")).one()
    assert entry.facts == {"kind": "report", "about": "page"}


def test_taking_back_deletes_text_and_answer_at_any_time(work: Work, commune: Commune) -> None:
    early, late = sent(work, commune.member), sent(work, commune.member, "Câu thứ hai.")
    answered(work, commune.organiser, late)
    with work(actor=commune.colleague) as w, pytest.raises(Missing):
        services.withdraw(w, early)
    for question_id in (early, late):
        with work(actor=commune.member, now=at(9)) as w:
            services.withdraw(w, question_id)
        found = row(work, question_id)
        assert (found.state, found.text, found.search_key, found.answer_html) == ("withdrawn", "", "", "")
        with work(actor=commune.member) as w, pytest.raises(QuestionEnded):
            services.withdraw(w, question_id)


@pytest.mark.parametrize("is_answered", [False, True])
def test_when_the_kept_one_is_taken_back_the_oldest_of_the_others_takes_its_place(
    work: Work, commune: Commune, is_answered: bool
) -> None:
    kept = sent(work, commune.member, "Bao giờ mở đợt hai?")
    others = [sent(work, one, "Đợt hai mở ngày nào?") for one in (commune.colleague, commune.stranger)]
    for one in others:
        merged(work, commune.organiser, one, kept)
    if is_answered:
        answered(work, commune.organiser, kept)
    with work(actor=commune.member, now=at(9)) as w:
        services.withdraw(w, kept)
    heir, last = (row(work, one) for one in others)
    assert (heir.state, heir.merged_into_id) == ("answered" if is_answered else "new", None)
    assert (last.state, last.merged_into_id) == ("merged", heir.id)
    assert bool(heir.answer) is is_answered


def test_a_sender_is_told_once_of_each_answer(work: Work, view: View, commune: Commune) -> None:
    question_id, other_id = sent(work, commune.member), sent(work, commune.colleague)
    merged(work, commune.organiser, other_id, question_id)
    answered(work, commune.organiser, question_id)
    for who, own_id in ((commune.member, question_id), (commune.colleague, other_id)):
        with view(actor=who) as r:
            assert queries.news_count(r) == 1
            found = queries.own(r, own_id)
            assert found.is_news
            assert found.state is State.ANSWERED
            assert found.answered is not None
            assert "<strong>30/12</strong>" in found.answered.answer_html
        with work(actor=who, now=at(6)) as w:
            services.note_read(w, own_id)
        with view(actor=who) as r:
            assert queries.news_count(r) == 0
    answered(work, commune.organiser, question_id, "Sửa: ngày 31/12.", minute=20)
    with view(actor=commune.colleague) as r:
        assert queries.news_count(r) == 1
        with pytest.raises(Missing):
            queries.own(r, question_id)  # whoever asked the same stays unknown


def test_texts_end_after_their_time_and_counts_stay(work: Work, view: View, db: Database, commune: Commune) -> None:
    old, follower, young, waiting = (
        sent(work, one) for one in (commune.member, commune.colleague, commune.exempt, commune.stranger)
    )
    merged(work, commune.organiser, follower, old)
    answered(work, commune.organiser, old)
    answered(work, commune.organiser, young)
    with work() as w:
        was = w.now - services.KEPT - HOUR
        w.session.execute(update(Question).where(Question.id == old).values(answered_at=was))
        w.session.execute(update(Question).where(Question.id == waiting).values(created_at=was))
    assert services.forget_texts(db) == 2
    assert services.forget_texts(db) == 0
    assert [bool(row(work, one).text) for one in (old, follower, young, waiting)] == [False, False, True, True]
    assert row(work, old).answer == ""
    with view(actor=commune.member, now=at(10)) as r:
        assert queries.news_count(r) == 0
        found = queries.counts(r.session, commune.root.id, at(-1), at(1))
    assert found[Kind.ASK, State.ANSWERED] == 2
    assert found[Kind.ASK, State.MERGED] == 1


@pytest.mark.parametrize(
    "values",
    [
        {"state": "merged"},
        {"state": "answered"},
        {"state": "withdrawn"},
        {"subject": "lesson"},
        {"subject": "item"},
        {"erased_at": at(1)},
    ],
)
def test_the_database_refuses_what_makes_no_sense(work: Work, commune: Commune, values: dict[str, object]) -> None:
    question_id = sent(work, commune.member)
    with pytest.raises(IntegrityError), work() as w:
        w.session.execute(update(Question).where(Question.id == question_id).values(**values))


def found(r: Reading, endpoint: str, position: int | None = None, **values: str | int) -> About:
    return subjects.find(r, Place(endpoint, values, "/duong-dan"), position)


def test_a_lesson_and_its_check_questions(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        contest.publish_sample_bank(w)
        lesson = w.session.scalars(select(Lesson).where(Lesson.slug == "bai-mot")).one()
        version_id = catalogue.lesson_version_ids(w.session, lesson.id)[0]
    place = {"module_slug": contest.MODULE_SLUG, "lesson_slug": "bai-mot"}
    with view(actor=commune.member) as r:
        about = found(r, LESSON, None, **place)
        assert (about.subject, about.lesson_id, about.item_version_id) == (Subject.LESSON, lesson.id, None)
        assert queries.place(r.session, about).words == "Bài “Mục tiêu chung”, chuyên đề “Chuyên đề mẫu”"
        item = found(r, LESSON, 1, **place)
        assert (item.subject, item.item_version_id) == (Subject.ITEM, version_id)
        for position in (0, 2):
            with pytest.raises(Missing):
                found(r, LESSON, position, **place)
        with pytest.raises(Missing):
            found(r, LESSON, module_slug=contest.MODULE_SLUG, lesson_slug="bai-ba")
        with pytest.raises(Missing):
            found(r, "study.module", module_slug="khong-co")
    assert row(work, sent(work, commune.member, about=item)).item_version_id == version_id


def test_an_item_of_a_paper_only_once_its_answer_may_be_shown(work: Work, view: View, commune: Commune) -> None:
    with work(now=at(0)) as w:
        round_ = contest.open_round(w, commune.root).round
    with work(actor=commune.member, now=at(1)) as w:
        attempt_id = attempts.start(w, round_.id, is_demonstration_site=False)
    with view(actor=commune.member, now=at(2)) as r, pytest.raises(NotYetShown):
        found(r, RESULT, attempt_id=attempt_id)
    with work(actor=commune.member, now=at(3)) as w:
        attempts.submit(w, attempt_id, 1)
    with view(actor=commune.member, now=at(4)) as r:
        assert found(r, RESULT, attempt_id=attempt_id).subject is Subject.ATTEMPT
        for endpoint in (RESULT, KEYS):
            with pytest.raises(NotYetShown):
                found(r, endpoint, 1, attempt_id=attempt_id)
    closed = at(2 * 24 * 60)
    with view(actor=commune.member, now=closed) as r:
        about = found(r, KEYS, 3, attempt_id=attempt_id)
        assert (about.subject, about.position, about.attempt_id) == (Subject.ITEM, 3, attempt_id)
        assert queries.place(r.session, about).words == "Câu 3, lượt thi 1, Đợt thi thử"
        with pytest.raises(Missing):
            found(r, KEYS, contest.PAPER_LENGTH + 1, attempt_id=attempt_id)
    for stranger in (commune.colleague, commune.organiser):
        with view(actor=stranger, now=closed) as r, pytest.raises(Missing):
            found(r, KEYS, 3, attempt_id=attempt_id)


def test_only_pages_of_the_list_are_named(view: View, commune: Commune) -> None:
    with view(actor=commune.member) as r:
        assert found(r, "study.modules") == About(page="study.modules", path="/duong-dan")
        assert found(r, "people_members.member", member_id=3) == About()
        assert subjects.find(r, None) == About()
