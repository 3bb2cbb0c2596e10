"""Modules, lessons, progress and check questions, with and without an account, with and without JavaScript."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from question_bank.model import Item, Kind, Lesson, StudyModule, Use
from quiz_app.catalogue import models as catalogue_models
from quiz_app.catalogue import queries as catalogue_queries
from quiz_app.catalogue import services as catalogue
from quiz_app.kernel.access import NOBODY, SYSTEM
from quiz_app.kernel.errors import BadInput, Missing, SignInNeeded
from quiz_app.study import policy, queries, services
from quiz_app.study.errors import LessonUpdated
from quiz_app.study.models import CheckResponse, LessonProgress
from tests.support.browse import Answer, Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.sitting import shipped_bank
from tests.support.works import View, Work

BANK = shipped_bank()
LESSON_SET = next(one for one in BANK.sets if one.use is Use.LESSON)
CONTEST_SET = next(one for one in BANK.sets if one.use is Use.CONTEST)


def _items_of(module: StudyModule, lesson: Lesson) -> list[Item]:
    return [item for item in LESSON_SET.items if item.lesson == f"{module.slug}/{lesson.slug}"]


MODULE, LESSON = next(
    (module, lesson) for module in BANK.modules for lesson in module.lessons if _items_of(module, lesson)
)
ITEMS = _items_of(MODULE, LESSON)
URL = f"/hoc/{MODULE.slug}/{LESSON.slug}"


pytestmark = pytest.mark.usefixtures("shelf")


def _letters(item: Item, *, right: bool) -> list[str]:
    marks = ["ABCDEFGH"[index] for index, option in enumerate(item.options) if option.is_key is right]
    return marks if right else marks[:1]


def _answer(browse: Browse, position: int, letters: list[str], *, status: int, as_json: bool = False) -> Answer:
    fields = browse.page(URL).form(f"/cau/{position}#cau-{position}").values
    return browse.post(f"{URL}/cau/{position}", {**fields, "choice": letters}, status=status, as_json=as_json)


def _progress(session: Session, member_id: int) -> LessonProgress | None:
    return session.scalars(select(LessonProgress).where(LessonProgress.member_id == member_id)).one_or_none()


def test_everybody_reads_modules_lessons_and_the_handout(browse: Browse) -> None:
    assert all(module.title in browse.page("/hoc/").text for module in BANK.modules)
    page = browse.page(f"/hoc/{MODULE.slug}")
    assert all(lesson.title in page.text for lesson in MODULE.lessons)
    lesson = browse.page(URL)
    assert LESSON.title in lesson.texts(".//h1")
    for section in LESSON.sections:
        assert f"/van-ban/{MODULE.document}#{section}" in lesson.hrefs()
    handout = browse.page(f"/hoc/{MODULE.slug}/in")
    assert all(f"Bài {number}. {one.title}" in handout.text for number, one in enumerate(MODULE.lessons, start=1))


def test_every_shipped_lesson_is_a_fit_page(browse: Browse) -> None:
    for module in BANK.modules:
        for lesson in module.lessons:
            browse.page(f"/hoc/{module.slug}/{lesson.slug}")


def test_lessons_lead_on_and_back(browse: Browse) -> None:
    slugs = [lesson.slug for lesson in MODULE.lessons]
    first = browse.page(f"/hoc/{MODULE.slug}/{slugs[0]}").hrefs()
    assert f"/hoc/{MODULE.slug}/{slugs[1]}" in first
    last = browse.page(f"/hoc/{MODULE.slug}/{slugs[-1]}").hrefs()
    assert f"/hoc/{MODULE.slug}/{slugs[-2]}" in last


def test_what_is_not_there_is_missing(browse: Browse, commune: Commune) -> None:
    browse.page("/hoc/khong-co", status=404)
    browse.page(f"/hoc/{MODULE.slug}/khong-co", status=404)
    browse.as_(commune.member)
    browse.post(f"/hoc/{MODULE.slug}/khong-co/xong", status=404)
    browse.post(f"{URL}/cau/999", {"choice": "A", "edition": _edition(browse)}, status=404)


def _edition(browse: Browse) -> str:
    (value,) = browse.page(URL).form("/cau/1#cau-1").values["edition"]
    return value


@pytest.mark.parametrize("path", [URL, f"/hoc/{MODULE.slug}/in"])
def test_no_page_tells_a_key_before_an_answer(browse: Browse, path: str) -> None:
    html = browse.page(path).html
    assert ITEMS[0].stem in browse.page(path).text
    assert "Đáp án" not in html
    for item in ITEMS:
        assert item.rationale not in browse.page(path).text


def test_contest_items_never_stand_in_a_lesson(browse: Browse, work: Work, view: View) -> None:
    bound = replace(CONTEST_SET.items[0], lesson=f"{MODULE.slug}/{LESSON.slug}")
    with work() as w:
        catalogue.publish_set(w, replace(CONTEST_SET, items=(bound, *CONTEST_SET.items[1:])), is_shipped=True)
    with view() as r:
        row = r.session.scalars(select(catalogue_models.Item).where(catalogue_models.Item.code == bound.id)).one()
        assert row.lesson_id is not None
    assert bound.stem not in browse.page(URL).text


def test_reading_a_page_writes_nothing(browse: Browse, commune: Commune, view: View) -> None:
    browse.as_(commune.member).page(URL)
    with view() as r:
        assert _progress(r.session, commune.member.id) is None


def test_opening_is_noted_once(browse: Browse, commune: Commune, view: View, clock: Clock) -> None:
    browse.as_(commune.member)
    browse.post(f"{URL}/da-mo", status=200)
    with view() as r:
        first = _progress(r.session, commune.member.id)
    assert first is not None
    clock.move(hours=1)
    browse.post(f"{URL}/da-mo", status=200)
    assert "Đang đọc" in browse.page(f"/hoc/{MODULE.slug}").text
    with view() as r:
        again = _progress(r.session, commune.member.id)
    assert again is not None
    assert (again.opened_at, again.finished_at, again.checked_at) == (first.opened_at, None, None)


def test_the_page_asks_to_note_the_opening_only_once(browse: Browse, commune: Commune) -> None:
    browse.as_(commune.member)
    assert len(browse.page(URL).all(".//form[@data-module='lesson-opened']")) == 1
    browse.post(f"{URL}/da-mo", status=200)
    assert browse.page(URL).all(".//form[@data-module='lesson-opened']") == []


def test_a_lesson_read_to_the_end_without_javascript(
    browse: Browse, commune: Commune, view: View, clock: Clock
) -> None:
    browse.as_(commune.member)
    answer = browse.submit(URL, action="/xong")
    assert answer.location == URL
    assert "Đã đọc xong" in browse.follow(answer).text
    with view() as r:
        first = _progress(r.session, commune.member.id)
    assert first is not None
    assert first.finished_at == first.opened_at
    clock.move(hours=1)
    browse.post(f"{URL}/xong")
    with view() as r:
        again = _progress(r.session, commune.member.id)
        summary = next(one for one in queries.progress_summary(r, commune.member.id) if one.slug == MODULE.slug)
        others = queries.progress_summary(r, commune.colleague.id)
    assert again is not None
    assert again.finished_at == first.finished_at
    assert (summary.lessons_finished, summary.lessons_total) == (1, len(MODULE.lessons))
    assert summary.next_lesson != LESSON.slug
    assert [one.lessons_finished for one in others] == [0] * len(BANK.modules)


def test_progress_needs_an_account(browse: Browse, view: View) -> None:
    assert browse.page(URL).all(".//form[@data-module='lesson-opened']") == []
    for act in ("da-mo", "xong"):
        assert browse.post(f"{URL}/{act}").location.startswith("/dang-nhap")
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(LessonProgress)) == 0


@pytest.mark.parametrize("right", [True, False])
def test_a_member_answers_without_javascript(browse: Browse, commune: Commune, view: View, right: bool) -> None:
    browse.as_(commune.member)
    answer = _answer(browse, 1, _letters(ITEMS[0], right=right), status=302)
    assert answer.response.headers["Location"].endswith(f"{URL}#cau-1")
    page = browse.follow(answer)
    assert ("Đúng rồi." if right else "Chưa đúng.") in page.text
    assert ITEMS[0].rationale in page.text
    assert f"/van-ban/{ITEMS[0].source.document}#{ITEMS[0].source.section}" in page.hrefs()
    assert page.form("/cau/1#cau-1").values["choice"] == _letters(ITEMS[0], right=right)
    with view() as r:
        row = r.session.scalars(select(CheckResponse)).one()
    assert (row.member_id, row.is_right) == (commune.member.id, right)


@pytest.mark.parametrize("right", [True, False])
def test_with_javascript_the_verdict_comes_as_json(browse: Browse, commune: Commune, right: bool) -> None:
    answer = _answer(browse.as_(commune.member), 1, _letters(ITEMS[0], right=right), status=200, as_json=True)
    assert answer.json["is_right"] is right
    assert ITEMS[0].source.section in answer.json["html"]


def test_anybody_may_answer_and_nothing_is_kept(browse: Browse, view: View) -> None:
    answer = _answer(browse, 1, _letters(ITEMS[0], right=True), status=200)
    assert "Đúng rồi." in answer.text
    assert ITEMS[0].rationale in answer.text
    assert _answer(browse, 1, _letters(ITEMS[0], right=False), status=200, as_json=True).json["is_right"] is False
    assert "Đúng rồi." not in browse.page(URL).text
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(CheckResponse)) == 0


@pytest.mark.parametrize(
    ("letters", "words"),
    [([], "chưa chọn phương án"), (["Z"], "không có trong câu hỏi"), (["A", "B"], "chỉ chọn một")],
)
def test_an_answer_that_cannot_be_taken_is_told_at_its_question(
    browse: Browse, commune: Commune, letters: list[str], words: str
) -> None:
    position = next(at for at, item in enumerate(ITEMS, start=1) if item.kind is Kind.SINGLE)
    for reader in (browse.as_nobody(), browse.other().as_(commune.member)):
        page = _answer(reader, position, letters, status=422).page
        assert page is not None
        assert words in page.text
        assert page.by_id(f"cau-{position}-loi") is not None
        assert words in str(_answer(reader, position, letters, status=422, as_json=True).json["fields"]["choice"])


def test_answers_to_an_older_edition_are_refused(browse: Browse, work: Work) -> None:
    fields = browse.page(URL).form("/cau/1#cau-1").values
    corrected = tuple(
        replace(item, stem=f"{item.stem} Chọn ý đúng.") if item.id == ITEMS[0].id else item for item in LESSON_SET.items
    )
    with work() as w:
        catalogue.publish_set(w, replace(LESSON_SET, items=corrected), is_shipped=True)
    answer = browse.post(f"{URL}/cau/1", {**fields, "choice": "A"}, status=409)
    assert "vừa được cập nhật" in answer.text


def test_checked_is_noted_when_every_question_is_answered(
    browse: Browse, commune: Commune, view: View, clock: Clock
) -> None:
    browse.as_(commune.member)
    for position, item in enumerate(ITEMS, start=1):
        with view() as r:
            before = _progress(r.session, commune.member.id)
        assert before is None or before.checked_at is None
        _answer(browse, position, _letters(item, right=position % 2 == 0), status=302)
    with view() as r:
        done = _progress(r.session, commune.member.id)
    assert done is not None
    assert done.checked_at is not None
    assert done.finished_at is None
    clock.move(hours=1)
    _answer(browse, 1, _letters(ITEMS[0], right=True), status=302)
    with view() as r:
        again = _progress(r.session, commune.member.id)
        kept = r.session.scalars(select(CheckResponse).order_by(CheckResponse.item_id)).all()
    assert again is not None
    assert again.checked_at == done.checked_at
    assert len(kept) == len(ITEMS)
    assert kept[0].is_right
    assert "đã trả lời câu hỏi ôn" in browse.page(f"/hoc/{MODULE.slug}").text


def test_several_right_answers_are_all_or_nothing(work: Work, view: View) -> None:
    item = next(one for one in ITEMS if one.kind is Kind.SINGLE and len(one.options) > 2)
    options = tuple(replace(option, is_key=at < 2) for at, option in enumerate(item.options))
    changed = replace(item, kind=Kind.MULTIPLE, options=options)
    items = tuple(changed if one.id == item.id else one for one in LESSON_SET.items)
    with work() as w:
        catalogue.publish_set(w, replace(LESSON_SET, items=items), is_shipped=True)
    position = ITEMS.index(item) + 1
    with view() as r:
        _, lesson = queries.lesson(r, MODULE.slug, LESSON.slug)
        edition = queries.edition(catalogue_queries.lesson_version_ids(r.session, lesson.id))
        verdicts = [
            services.judge(r, MODULE.slug, LESSON.slug, position, letters, edition=edition).is_right
            for letters in (["A", "B"], ["A"], ["A", "B", "C"])
        ]
        with pytest.raises(BadInput):
            services.judge(r, MODULE.slug, LESSON.slug, position, [], edition=edition)
        with pytest.raises(LessonUpdated):
            services.judge(r, MODULE.slug, LESSON.slug, position, ["A"], edition="cu")
    assert verdicts == [True, False, False]


def test_a_restricted_module_asks_for_an_account(browse: Browse, commune: Commune, work: Work) -> None:
    with work() as w:
        catalogue.publish_module(w, replace(MODULE, is_restricted=True))
    assert "Cần đăng nhập để đọc" in browse.page("/hoc/").text
    for path in (f"/hoc/{MODULE.slug}", f"/hoc/{MODULE.slug}/in", URL):
        assert browse.get(path, status=302).location.startswith("/dang-nhap")
    browse.post(f"{URL}/cau/1", {"choice": "A"}, status=302)
    assert LESSON.title in browse.as_(commune.member).page(URL).text


def test_the_rule_on_restricted_modules_says_the_same_twice(commune: Commune, work: Work, view: View) -> None:
    with work() as w:
        catalogue.publish_module(w, replace(MODULE, is_restricted=True))
    for who in (NOBODY, SYSTEM, commune.member):
        with view(actor=who) as r:
            every = r.session.scalars(select(catalogue_models.StudyModule)).all()
            by_sql = set(r.session.scalars(select(catalogue_models.StudyModule.id).where(policy.readable(r.actor))))
            assert {module.id for module in every if policy.may_read(r.actor, module)} == by_sql
    with view(actor=NOBODY) as r, pytest.raises(SignInNeeded):
        queries.module(r, MODULE.slug)


def test_a_retired_lesson_is_gone_and_its_progress_stays(commune: Commune, work: Work, view: View) -> None:
    last = MODULE.lessons[-1]
    with work(actor=commune.member) as w:
        services.finish_lesson(w, MODULE.slug, last.slug)
    with work() as w:
        catalogue.publish_module(w, replace(MODULE, lessons=MODULE.lessons[:-1]))
    with view(actor=commune.member) as r:
        with pytest.raises(Missing):
            queries.lesson(r, MODULE.slug, last.slug)
        summary = next(one for one in queries.modules(r) if one.slug == MODULE.slug)
        assert (summary.lessons_total, summary.lessons_finished) == (len(MODULE.lessons) - 1, 0)
        assert _progress(r.session, commune.member.id) is not None
