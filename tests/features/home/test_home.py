"""The first page of each role, the help and the privacy notice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.contests.models import Shown
from quiz_app.home import navigation
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.members.models import Member
from quiz_app.study.models import LessonProgress
from quiz_app.units.models import Unit
from tests.features.leaderboard.build import Statements, attempt, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.contest import publish_sample_bank
from tests.support.works import Work


def test_the_public_page_says_what_is_open(work: Work, commune: Commune, browse: Browse) -> None:
    assert "chưa có đợt thi nào đang mở" in browse.page("/").text
    with work() as w:
        open_round(w, commune.root, title="Tuần 1")
        open_round(w, commune.root, title="Tuần 2", opened=timedelta(days=2), closes=timedelta(days=9))
        open_round(w, commune.root, title="Tuần trước", opened=timedelta(days=-9), closes=timedelta(days=-2))
        open_round(w, commune.root, title="Bản nháp", is_published=False)
    page = browse.page("/")
    assert page.texts(".//h3")[:2] == ["Tuần 1", "Tuần 2"]
    assert "còn 23 giờ 59 phút" in page.text
    assert "09:00 ngày 02/12/2026" in page.text
    assert "Tuần trước" not in page.text
    assert "Bản nháp" not in page.text
    assert "/dang-nhap" in page.hrefs()
    assert "/bang-xep-hang/" not in page.hrefs()


def test_a_member_finds_the_open_round_and_one_thing_to_press(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
    page = browse.as_(commune.member).page("/")
    assert page.texts(".//h1") == ["Chào đồng chí Nguyễn Văn An"]
    assert "Đồng chí còn 3 lượt thi" in page.text
    primary = page.all(".//main//a[@class='button button--primary']")
    assert [link.get("href") for link in primary] == [f"/dot-thi/{round_.id}"]
    assert "Vào thi" in page.text


def test_an_attempt_under_way_is_gone_on_with(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        started = attempt(w, round_, commune.member, None)
    page = browse.as_(commune.member).page("/")
    assert page.form(f"/luot-thi/{started.id}/lam-tiep") is not None
    assert "Làm tiếp" in page.text
    assert f"/luot-thi/{started.id}" not in browse.as_(commune.colleague).page("/").html


def test_own_result_and_place_where_scores_may_show(work: Work, commune: Commune, browse: Browse, clock: Clock) -> None:
    with work() as w:
        round_ = open_round(w, commune.root, shown=Shown.AFTER_CLOSING)
        attempt(w, round_, commune.member, 17)
        attempt(w, round_, commune.colleague, 18)
    hidden = browse.as_(commune.member).page("/").text
    assert "Đồng chí đã nộp bài" in hidden
    assert "17/20" not in hidden
    assert "Thi thêm lượt" in hidden
    clock.move(days=1, minutes=1)
    shown = browse.page("/").text
    assert "17/20 điểm , hạng 2/2 trong chi bộ (tạm tính)" in shown
    assert "Đã đóng" in shown
    assert "Vào thi" not in shown


def test_used_up_attempts_leave_no_button(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        for number in range(3):
            attempt(w, round_, commune.member, 10 + number)
    page = browse.as_(commune.member).page("/")
    assert "đã dùng hết số lượt thi" in page.text
    assert f"/dot-thi/{round_.id}" not in page.hrefs()


def test_a_round_of_another_subtree_is_not_offered(work: Work, commune: Commune, browse: Browse) -> None:
    title = "Đợt của Công an"
    with work() as w:
        open_round(w, commune.committee, title=title)
    assert title not in browse.as_(commune.member).page("/").text
    assert title in browse.as_(commune.inner_member).page("/").text


def test_desks_stand_below_for_those_who_have_one(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, [commune.member, commune.colleague, commune.stranger], [commune.exempt])
        attempt(w, round_, commune.member, 17)
    own = browse.as_(commune.secretary).page("/")
    assert "1/2 · 50%" in own.text
    assert f"/tham-gia/{round_.id}/don-vi/{commune.first.id}" in own.hrefs()
    above = browse.as_(commune.overseer).page("/")
    assert "1/3 · 33,3%" in above.text
    assert "/to-chuc/" in browse.as_(commune.organiser).page("/").hrefs()
    assert "Việc chạy nền" in browse.as_(commune.operator).page("/").text
    plain = browse.as_(commune.member).page("/")
    assert "Công việc của đồng chí" not in plain.text
    assert not [url for url in plain.hrefs() if url.startswith(("/tham-gia", "/to-chuc", "/bien-soan"))]


def test_everybody_reads_help_and_privacy(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        unit = w.session.get_one(Unit, commune.first.id)
        unit.helper_name, unit.helper_phone = "Đỗ Thị Bình", "0912 345 678"
    for url in ("/tro-giup", "/quyen-rieng-tu"):
        browse.as_nobody().page(url)
    page = browse.as_(commune.member).page("/tro-giup")
    assert page.text.count("Đỗ Thị Bình") == 2  # in the text, and at the foot as on every page
    assert "tel:0912345678" in page.hrefs()
    assert "Đỗ Thị Bình" not in browse.as_(commune.stranger).page("/tro-giup").text


def test_the_page_about_a_busy_server_stands_without_it(
    commune: Commune, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy() -> None:
        raise Overloaded

    browse.as_(commune.member)
    monkeypatch.setattr("quiz_app.home.navigation.current_actor", busy)
    monkeypatch.setattr("quiz_app.home.views.study_queries.modules", lambda _: busy())
    assert "Máy chủ đang bận" in browse.page("/", status=503).text


def test_the_number_of_queries_is_small(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, [commune.member, commune.colleague], [commune.exempt])
        attempt(w, round_, commune.member, 17)
    counts: list[int] = []
    for reader in (None, commune.member, commune.secretary):
        if reader is None:
            browse.as_nobody()
        else:
            browse.as_(reader)
        with Statements(db.engine) as statements:
            browse.page("/")
        counts.append(statements.count)
    assert [count <= most for count, most in zip(counts, (4, 14, 24), strict=True)] == [True] * 3, counts


def test_every_entry_of_the_navigation_opens_for_who_has_it(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        open_round(w, commune.root)
    people = [value for value in vars(commune).values() if isinstance(value, Member)]
    offered: set[str] = set()
    for person in (None, *people):
        page = (browse.as_nobody() if person is None else browse.as_(person)).page("/")
        links = [link.get("href", "") for link in page.all(".//nav[@class='nav']//a")]
        assert len(links) == len(set(links)) >= 3
        for link in links:
            answer = browse.get(link, status=302 if link in {"/bang-xep-hang/", "/tham-gia/"} else 200)
            assert not (answer.status == 302 and answer.location.startswith("/dang-nhap")), link
        offered |= set(links)
    assert len(offered) == len(navigation.ENTRIES)


def test_study_goes_on_at_the_first_unread_lesson(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        publish_sample_bank(w)
        lessons = w.session.scalars(select(Lesson).order_by(Lesson.module_id, Lesson.position)).all()
        modules = {module.id: module.slug for module in w.session.scalars(select(StudyModule))}
    assert lessons
    assert f"/hoc/{modules[lessons[0].module_id]}" in browse.page("/").hrefs()
    page = browse.as_(commune.member).page("/")
    assert f"/hoc/{modules[lessons[0].module_id]}/{lessons[0].slug}" in page.hrefs()
    assert "Bắt đầu học" in page.text
    with work() as w:
        for lesson in lessons:
            w.session.add(
                LessonProgress(member_id=commune.member.id, lesson_id=lesson.id, opened_at=w.now, finished_at=w.now)
            )
    assert "đã học hết các bài" in browse.page("/").text
    assert "Bắt đầu học" in browse.as_(commune.colleague).page("/").text
