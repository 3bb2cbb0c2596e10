"""Self-check and daily review: what is drawn, kept and told, to whom, and when a question comes back."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from quiz_app.catalogue.models import Item, Lesson
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.switches import Switch, turn_on
from quiz_app.kernel.work import working
from quiz_app.practice import own_study, queries, services
from quiz_app.practice.errors import NothingToPractise, PracticeEnded
from quiz_app.practice.models import Kind, PracticeAnswer, PracticeSession, ReviewCard
from quiz_app.practice.services import Scope
from quiz_app.rules.streaks import Streak
from quiz_app.study import queries as study_queries
from quiz_app.study import services as study
from tests.features.practice.build import DAILY, MISTAKES, MIXED, answer_all, letters, publish, renew
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import View, Work, actor_of

TODAY = NOW.astimezone(VIETNAM).date()
HOME = "/luyen-tap/"


@pytest.fixture(autouse=True)
def published(work: Work, commune: Commune) -> None:
    with work() as w:
        publish(w)


def test_each_kind_draws_what_it_says(work: Work, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        stocked = {one.version_id: one for one in queries.stock(w)}
        assert len(stocked) == 13
        module = queries.modules(w.session)[0]
        for scope, fits in (
            (Scope(Kind.MODULE, module.slug), lambda one: one.topic == "muc-tieu"),
            (Scope(Kind.LEVEL, level=2), lambda one: one.level == 2),
            (MIXED, lambda _: True),
        ):
            drawn = [place.item.item_version_id for place in queries.places(w, services.start(w, scope))]
            assert len(set(drawn)) == len(drawn) == min(services.LENGTH, sum(map(fits, stocked.values())))
            assert all(fits(stocked[version_id]) for version_id in drawn)
        for scope in (MISTAKES, Scope(Kind.LEVEL, level=3)):
            with pytest.raises(NothingToPractise):
                services.start(w, scope)
        with pytest.raises(Missing):
            services.start(w, Scope(Kind.MODULE, "khong-co"))


def test_mistakes_are_asked_until_they_are_known(work: Work, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        first = services.start(w, MIXED)
        answer_all(w, first, wrong=frozenset({2, 5}))
        wrong = {place.item_id for place in queries.places(w, first) if place.position in (2, 5)}
        again = services.start(w, MISTAKES)
        assert {place.item_id for place in queries.places(w, again)} == wrong
        answer_all(w, again, wrong=frozenset({1}))
        assert len(queries.places(w, services.start(w, MISTAKES))) == 1


def test_a_wrong_answer_in_a_lesson_is_a_mistake_until_it_was_practised(work: Work, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        version_ids = w.session.scalars(
            select(Item.current_version_id).join(Lesson, Lesson.id == Item.lesson_id).where(Lesson.slug == "bai-mot")
        )
        edition = study_queries.edition([id_ for id_ in version_ids if id_ is not None])
        study.answer_check(w, contest.MODULE_SLUG, "bai-mot", 1, ["A"], edition=edition)
        session_id = services.start(w, MISTAKES)
        answer_all(w, session_id)
        with pytest.raises(NothingToPractise):
            services.start(w, MISTAKES)


def test_an_answer_sent_twice_stays_the_first(work: Work, view: View, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        session_id = services.start(w, MIXED)
        right, wrong = (letters(w, session_id, 1, right=is_right) for is_right in (True, False))
        services.answer(w, session_id, 1, wrong)
        services.answer(w, session_id, 1, right)
    with view(actor=commune.member) as r:
        kept = r.session.scalars(select(PracticeAnswer)).one()
        assert (kept.is_right, kept.member_id, kept.answered_at.date()) == (False, commune.member.id, NOW.date())


def test_what_cannot_be_taken_is_refused_in_words(work: Work, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        session_id = services.start(w, MIXED)
        single = next(place for place in queries.places(w, session_id) if not place.item.is_multiple)
        for marks in ([], ["Z"], ["A", "B"]):
            with pytest.raises(BadInput):
                services.answer(w, session_id, single.position, marks)
        with pytest.raises(Missing):
            services.answer(w, session_id, 99, ["A"])
        services.answer(w, session_id, single.position, ["A"])
        assert services.end(w, session_id)
        with pytest.raises(PracticeEnded):
            services.answer(w, session_id, next(p.position for p in queries.places(w, session_id) if p.waits), ["A"])


def test_one_session_at_a_time_and_none_without_an_answer_stays(work: Work, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        first = services.start(w, MIXED)
        assert services.start(w, MIXED) == first
        second = services.start(w, Scope(Kind.LEVEL, level=1))
        assert w.session.scalars(select(PracticeSession.id)).all() == [second]
        services.answer(w, second, 1, letters(w, second, 1, right=True))
        services.start(w, MIXED)
        assert w.session.get_one(PracticeSession, second).ended_at == w.now


def test_two_devices_that_begin_at_once_share_a_session(db: Database, view: View, commune: Commune) -> None:
    with view() as r:
        actor = actor_of(r.session, commune.member)
    gate, begun = threading.Barrier(2), []

    def begin() -> None:
        gate.wait()
        with working(db, actor=actor) as w:
            begun.append(services.start(w, MIXED))

    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 2
    assert len(set(begun)) == 1


def test_two_answers_at_once_are_one(db: Database, work: Work, view: View, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        session_id = services.start(w, MIXED)
        marks = letters(w, session_id, 1, right=True)
    with view() as r:
        actor = actor_of(r.session, commune.member)
    gate = threading.Barrier(2)

    def send() -> None:
        gate.wait()
        with working(db, actor=actor) as w:
            services.answer(w, session_id, 1, marks)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(PracticeAnswer)) == 1


def _card(w: View, session_id: int, position: int, commune: Commune) -> date:
    with w(actor=commune.member) as r:
        place = services.place_at(queries.places(r, session_id), position)
        return r.session.get_one(ReviewCard, (commune.member.id, place.item_id)).due_on


def test_a_question_comes_back_on_its_day(work: Work, view: View, commune: Commune) -> None:
    """Right: in 2 days; wrong: tomorrow; right and easy: in 8. Days are those of Vietnam, late in the evening too."""
    late = NOW.replace(hour=16, minute=59)  # 23.59 there
    with work(actor=commune.member, now=late) as w:
        session_id = services.start(w, MIXED)
        answer_all(w, session_id, wrong=frozenset({2}))
        services.mark_easy(w, session_id, 3)
        with pytest.raises(Missing):
            services.mark_easy(w, session_id, 2)
    assert [(_card(view, session_id, n, commune) - TODAY).days for n in (1, 2, 3)] == [2, 1, 8]
    with work(actor=commune.member, now=late + timedelta(minutes=1)) as w:  # midnight: the day after
        daily = queries.daily(w, queries.stock(w))
        assert [one.item_id for one in daily.due] == [services.place_at(queries.places(w, session_id), 2).item_id]


def test_the_review_of_a_day_is_short_and_new_questions_join_once(work: Work, commune: Commune) -> None:
    with work(actor=commune.member, now=NOW) as w:
        first = services.start(w, DAILY)
        assert len(queries.places(w, first)) == queries.DAILY_NEW
        answer_all(w, first)
        assert queries.daily(w, queries.stock(w)).length == 0
        with pytest.raises(NothingToPractise):
            services.start(w, DAILY)
        answer_all(w, services.start(w, MIXED), wrong=frozenset(range(1, 11)))  # one may always practise more
    with work(actor=commune.member, now=NOW + timedelta(days=3)) as w:
        daily = queries.daily(w, queries.stock(w))
        assert (len(daily.due), daily.new) == (queries.DAILY_LENGTH, 0)
        assert daily.due[0].due_on == TODAY + timedelta(days=1)
        places = queries.places(w, services.start(w, DAILY))
        assert {place.item_id for place in places} == {one.item_id for one in daily.due}


def test_a_card_outlives_a_new_version(work: Work, view: View, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        session_id = services.start(w, MIXED)
        answer_all(w, session_id)
        item_id = queries.places(w, session_id)[0].item_id
    with work() as w:
        fresh_id = renew(w, w.session.get_one(Item, item_id)).id
    with work(actor=commune.member, now=NOW + timedelta(days=2)) as w:
        due = {one.item_id: one for one in queries.daily(w, queries.stock(w)).due}
        assert due[item_id].version_id == fresh_id


def test_weeks_in_a_row_count_lessons_and_ended_practice(work: Work, view: View, commune: Commune) -> None:
    def weeks(days: int) -> Streak:
        with view(actor=commune.member, now=NOW + timedelta(days=days)) as r:
            return own_study.weeks(r)

    assert weeks(0) == Streak(0, has_this_week=False)
    with work(actor=commune.member, now=NOW) as w:
        session_id = services.start(w, MIXED)
        services.answer(w, session_id, 1, letters(w, session_id, 1, right=True))
    assert weeks(0).weeks == 0  # under way
    with work(actor=commune.member, now=NOW) as w:
        services.end(w, session_id)
    assert weeks(5) == Streak(1, has_this_week=True)
    assert weeks(6) == Streak(1, has_this_week=False)  # next Monday
    with work(actor=commune.member, now=NOW + timedelta(days=8)) as w:
        study.finish_lesson(w, contest.MODULE_SLUG, "bai-mot")
    assert weeks(8) == Streak(2, has_this_week=True)
    assert weeks(20) == Streak(0, has_this_week=False)


def test_a_session_by_its_pages(browse: Browse, work: Work, commune: Commune, clock: Clock) -> None:
    """Begin, answer wrong and right, go back, go on with another device, stop, and read the summary."""
    browse.as_(commune.member)
    begun = browse.post("/luyen-tap/bat-dau", {"kind": "mixed"})
    first = browse.follow(browse.get(begun.location, status=302))
    assert "Đáp án" not in first.text
    assert contest.RATIONALE_CANARY not in first.text
    session_id = int(begun.location.rsplit("/", 1)[1])
    url = f"/luyen-tap/{session_id}/cau/"
    told = browse.post(f"{url}1", {}, status=422)
    assert "chưa chọn phương án nào" in told.text
    with work(actor=commune.member) as w:
        wrong, right = letters(w, session_id, 1, right=False), letters(w, session_id, 2, right=True)
    browse.post(f"{url}1", {"choice": wrong})
    page = browse.page(f"{url}1")
    assert "Chưa đúng." in page.text
    assert "Đọc lại:" in page.text
    assert f"/van-ban/{contest.DOCUMENT_SLUG}#" in "".join(page.hrefs())
    browse.post(f"{url}1", {"choice": right})  # sent from a page that was gone back to
    assert "Chưa đúng." in browse.page(f"{url}1").text
    assert "Câu này dễ" not in browse.page(f"{url}1").text

    other = browse.other().as_(commune.member)
    assert "đã trả lời 1/10 câu" in other.page(HOME).text
    assert other.get(f"/luyen-tap/{session_id}", status=302).location == f"{url}2"
    other.post(f"{url}2", {"choice": right})
    assert "Đúng rồi." in other.page(f"{url}2").text
    other.post(f"{url}2/de")
    other.post(f"/luyen-tap/{session_id}/ket-thuc")
    summary = other.page(f"/luyen-tap/{session_id}/tong-ket")
    assert "1/2 câu" in summary.text
    assert "dừng khi còn 8 câu" in summary.text
    assert "Tự kiểm tra" in browse.page(HOME).text
    clock.move(days=1)
    day = browse.page("/luyen-tap/on-hang-ngay").text
    assert "Số câu đến hạn ôn trong bảy ngày tới" in day
    own = browse.page("/luyen-tap/viec-hoc-cua-toi").text
    assert "Đã ôn 2 câu khác nhau, lần gần nhất trả lời đúng 1 câu." in own
    assert "Tuần này đồng chí đã học rồi." in own


def test_the_last_question_may_be_called_easy_as_well(browse: Browse, work: Work, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        session_id = services.start(w, MIXED)
        answer_all(w, session_id)
    url = f"/luyen-tap/{session_id}/cau/10"
    assert "Câu này dễ, lâu hãy hỏi lại" in browse.as_(commune.member).page(url).text
    browse.post(f"{url}/de")
    assert "Đồng chí thấy câu này dễ" in browse.page(url).text


def test_nobody_else_finds_a_session(browse: Browse, work: Work, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        session_id = services.start(w, MIXED)
        services.answer(w, session_id, 1, letters(w, session_id, 1, right=False))
    for person in (commune.secretary, commune.organiser, commune.operator, commune.colleague):
        browse.as_(person)
        for path in ("", "/cau/1", "/tong-ket"):
            browse.page(f"/luyen-tap/{session_id}{path}", status=404)
        browse.post(f"/luyen-tap/{session_id}/cau/2", {"choice": "A"}, status=404)
        browse.post(f"/luyen-tap/{session_id}/ket-thuc", status=404)


def test_what_no_button_sends_is_refused(browse: Browse, commune: Commune) -> None:
    browse.as_(commune.member)
    for fields in ({"kind": "mock"}, {"kind": "level", "level": "9"}, {"kind": "level"}, {}):
        browse.post("/luyen-tap/bat-dau", fields, status=422)
    browse.post("/luyen-tap/bat-dau", {"kind": "module", "module": "khong-co"}, status=404)
    browse.post("/luyen-tap/bat-dau", {"kind": "mistakes"}, status=409)


def test_practice_rests_while_the_house_is_read_only(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        turn_on(w, Switch.READ_ONLY, "Đông người thi", None)
    browse.as_(commune.member)
    told = browse.post("/luyen-tap/bat-dau", {"kind": "mixed"}, status=409)
    assert "dành sức cho người làm bài thi" in told.text


def test_an_empty_house_says_so(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        for item in w.session.scalars(select(Item)):
            item.retired_at = w.now
    browse.as_(commune.member)
    assert "Chưa có câu hỏi để ôn" in browse.page(HOME).text
    assert "Hiện chưa có câu hỏi nào để ôn" in browse.page("/luyen-tap/on-hang-ngay").text
