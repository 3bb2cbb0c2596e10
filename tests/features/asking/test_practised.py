"""Asking about a practised item: once it was answered, as long as it may be shown, and without the session."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from quiz_app.asking import queries, subjects
from quiz_app.asking.models import Subject
from quiz_app.asking.subjects import PRACTICE, PRACTISED, About, Place
from quiz_app.asking.views import place_url, stem
from quiz_app.catalogue.models import Item, ItemSet, ItemVersion, Lesson, SetSeal, StudyModule
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.practice import services
from quiz_app.rules.drawing import Cell
from tests.features.practice.build import MIXED, letters, publish
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import View, Work


@pytest.fixture
def session_id(work: Work, commune: Commune) -> int:
    """A session of the member with its first question answered wrong."""
    with work() as w:
        publish(w)
        lesson = w.session.scalars(select(Lesson).where(Lesson.slug == "bai-mot")).one()
        w.session.execute(update(Item).values(lesson_id=lesson.id))
    with work(actor=commune.member) as w:
        session_id = services.start(w, MIXED)
        services.answer(w, session_id, 1, letters(w, session_id, 1, right=False))
        return session_id


def find(r: Reading, session_id: int, position: int) -> About:
    values = {"session_id": session_id, "position": position}
    return subjects.find(r, Place(PRACTISED, values, f"/luyen-tap/{session_id}/cau/{position}"))


def version_of(r: Reading, about: About) -> ItemVersion:
    return r.session.get_one(ItemVersion, about.item_version_id)


def test_only_what_one_has_answered_oneself(view: View, commune: Commune, session_id: int) -> None:
    with view(actor=commune.member) as r:
        about = find(r, session_id, 1)
        assert (about.subject, about.page, about.path, about.position) == (Subject.ITEM, PRACTISED, "", None)
        assert stem(r, about) == version_of(r, about).stem_html
        assert queries.place(r.session, about).words == "Câu ôn tập, bài “Mục tiêu chung”, chuyên đề “Chuyên đề mẫu”"
        assert queries.place(r.session, replace(about, lesson_id=None)).words == "Một câu ôn tập"
        assert find(r, session_id, 2) == About(page=PRACTICE)
        with pytest.raises(Missing):
            find(r, session_id, 11)
    for stranger in (commune.colleague, commune.organiser):
        with view(actor=stranger) as r, pytest.raises(Missing):
            find(r, session_id, 1)


def test_what_a_round_may_draw_is_shown_no_more(work: Work, view: View, commune: Commune, session_id: int) -> None:
    """Neither to be asked about anew, nor again to who asked or to who answers."""
    with view(actor=commune.member) as r:
        about = find(r, session_id, 1)
    with work() as w:
        met = w.session.get_one(ItemVersion, about.item_version_id)
        of_item = select(ItemSet).join(Item, Item.set_id == ItemSet.id).where(Item.id == met.item_id)
        practised = w.session.scalars(of_item).one()
        use, practised.use = practised.use, "contest"  # else no round takes it
        contest.open_round(w, commune.root, set_id=practised.id, cells=(Cell(met.topic, met.level, 1),))
        practised.use = use
    for actor in (commune.member, commune.organiser):
        with view(actor=actor) as r:
            assert stem(r, about) == ""
    with view(actor=commune.member) as r:
        assert find(r, session_id, 1) == About(page=PRACTICE)


def test_what_was_sealed_is_shown_no_more(work: Work, view: View, commune: Commune, session_id: int) -> None:
    with view(actor=commune.member) as r:
        about = find(r, session_id, 1)
    with work() as w:
        for item_set in w.session.scalars(select(ItemSet)):
            w.session.add(SetSeal(set_id=item_set.id, sealed_at=w.now))
    with view(actor=commune.organiser) as r:
        assert stem(r, about) == ""


def test_it_is_asked_from_the_page_and_read_by_who_answers(
    browse: Browse, work: Work, commune: Commune, session_id: int
) -> None:
    url = f"/luyen-tap/{session_id}/cau/1"
    link = f"/hoi/gui?trang={url}"
    browse.as_(commune.member)
    assert browse.page(url).hrefs().count(link) == 2  # the button, and the quiet link at the foot
    assert "Về: Luyện tập" in browse.page(link.replace("cau/1", "cau/2")).text
    assert "Về: Câu ôn tập, bài “Mục tiêu chung”" in browse.page(link).text
    browse.post(f"/luyen-tap/{session_id}/ket-thuc")
    assert link in browse.page(f"/luyen-tap/{session_id}/tong-ket").hrefs()
    number = int(
        browse.submit(link, {"kind": "bao-loi", "text": "Đáp án chưa rõ."}, action=link).location.split("/")[-1]
    )
    moderated = browse.as_(commune.organiser).page(f"/to-chuc/hoi-dap/{number}")
    assert "Về: Câu ôn tập, bài “Mục tiêu chung”" in moderated.text
    assert url not in moderated.hrefs()


def test_no_way_leads_back_to_a_retired_module(work: Work, view: View, commune: Commune, session_id: int) -> None:
    with work() as w:
        w.session.execute(update(StudyModule).values(retired_at=w.now))
    with view(actor=commune.member) as r:
        where = queries.place(r.session, find(r, session_id, 1))
    assert where.lesson is not None
    assert place_url(where) is None
