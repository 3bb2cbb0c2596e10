"""What units tell their people: who says it, who reads it and when, and what cannot be said."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest

from quiz_app.announcements import queries, services
from quiz_app.announcements.errors import AnnouncementChanged
from quiz_app.announcements.models import Announcement
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.members.models import Member
from tests.features.announcements.build import DAY, TODAY, announced, words
from tests.features.leaderboard.build import open_round
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import View, Work


def _read(view: View, person: Member) -> list[str]:
    with view(actor=person) as r:
        return [one.title for one in queries.shown(r)]


def test_members_read_what_their_unit_and_those_above_say(work: Work, view: View, commune: Commune) -> None:
    announced(work, commune.organiser, commune.root, "Xã")
    announced(work, commune.secretary, commune.first, "Thôn")
    announced(work, commune.organiser_elsewhere, commune.committee, "Công an")
    assert _read(view, commune.member) == ["Thôn", "Xã"]
    assert _read(view, commune.stranger) == ["Xã"]
    assert _read(view, commune.inner_member) == ["Công an", "Xã"]


def test_each_says_it_to_his_own(work: Work, view: View, commune: Commune) -> None:
    one = announced(work, commune.organiser, commune.first)
    for person in (commune.secretary_elsewhere, commune.organiser_elsewhere, commune.overseer, commune.member):
        with work(actor=person) as w:
            with pytest.raises(Missing):
                services.publish(w, words(commune.first))
            with pytest.raises(Missing):
                services.withdraw(w, one.id, seen=one.revision)
        with view(actor=person) as r:
            assert queries.page(r, 1).total == 0
    with work(actor=commune.secretary) as w, pytest.raises(Missing):  # his own words, but to others
        services.change(w, one.id, words(commune.root), seen=one.revision)
    with view(actor=commune.secretary) as r:
        assert [unit.id for unit in queries.own_units(r)] == [commune.first.id]
        assert queries.page(r, 1).total == 1
    with view(actor=commune.organiser_elsewhere) as r:
        assert {unit.id for unit in queries.own_units(r)} == {commune.committee.id, commune.inner.id}


def test_it_is_read_on_its_days_and_until_it_is_withdrawn(
    work: Work, view: View, commune: Commune, clock: Clock
) -> None:
    one = announced(work, commune.secretary, commune.first, "Mai", starts_on=TODAY + DAY, ends_on=TODAY + DAY)
    other = announced(work, commune.secretary, commune.first, "Tuần")
    assert _read(view, commune.member) == ["Tuần"]
    clock.move(days=1)
    assert _read(view, commune.member) == ["Mai", "Tuần"]
    with work(actor=commune.organiser) as w:
        services.withdraw(w, other.id, seen=1)
    assert _read(view, commune.member) == ["Mai"]
    clock.move(days=1)
    assert _read(view, commune.member) == []
    with view(actor=commune.secretary) as r:
        assert [(kept.announcement.id, kept.state) for kept in queries.page(r, 1).rows] == [
            (other.id, "withdrawn"), (one.id, "over")
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "# Tiêu đề to"}, "text"),
        ({"text": "Tiêu đề\n==="}, "text"),
        ({"starts_on": TODAY + 8 * DAY}, "ends_on"),
        ({"starts_on": TODAY - 8 * DAY, "ends_on": TODAY - DAY}, "ends_on"),
        ({"contest_id": 999}, "link"),
        ({"module_id": 999}, "link"),
    ],
)
def test_what_cannot_be_said(work: Work, commune: Commune, changes: dict[str, Any], field: str) -> None:
    with work(actor=commune.secretary) as w, pytest.raises(BadInput) as refused:
        services.publish(w, words(commune.first, **changes))
    assert list(refused.value.errors) == [field]


def test_it_leads_to_a_contest_of_its_people_alone(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        own, foreign = open_round(w, commune.root), open_round(w, commune.committee)
        draft = open_round(w, commune.root, is_published=False)
    announced(work, commune.secretary, commune.first, contest_id=own.contest_id)
    with view(actor=commune.member) as r:
        assert [one.contest_title for one in queries.shown(r)] == ["Tìm hiểu Nghị quyết"]
    for round_ in (foreign, draft):
        with work(actor=commune.secretary) as w, pytest.raises(BadInput):
            services.publish(w, words(commune.first, contest_id=round_.contest_id))


def test_of_two_who_change_it_at_once_one_is_told(work: Work, view: View, commune: Commune) -> None:
    one = announced(work, commune.organiser, commune.first)
    start = Barrier(2)
    told: list[str] = []

    def change(person: Member, title: str) -> None:
        start.wait()
        try:
            with work(actor=person) as w:
                services.change(w, one.id, words(commune.first, title), seen=1)
            told.append(title)
        except AnnouncementChanged:
            told.append("")

    threads = [
        Thread(target=change, args=(person, title))
        for person, title in ((commune.secretary, "Một"), (commune.organiser, "Hai"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([title for title in told if title]) == 1
    with view() as r:
        assert r.session.get_one(Announcement, one.id).title in told
    with work(actor=commune.secretary) as w, pytest.raises(AnnouncementChanged):
        services.withdraw(w, one.id, seen=1)


def test_nothing_of_it_runs_on_a_readers_page(work: Work, commune: Commune, browse: Browse) -> None:
    evil = "<script>alert(1)</script>\n\n[bấm](javascript:alert(1)) <img src=x onerror=alert(1)> ![x](https://xa.example/a.png)"
    announced(work, commune.secretary, commune.first, "<b>Đậm</b>", text=evil)
    page = browse.as_(commune.member).page("/")  # which fails on any script of its own
    assert "<b>Đậm</b>" in page.text
    assert not [url for url in page.hrefs() if url.startswith("javascript")]
    assert not page.all(".//main//img")
    assert not page.all(".//*[@onerror]")


def test_written_looked_at_published_changed_and_withdrawn(work: Work, commune: Commune, browse: Browse) -> None:
    assert "Chưa có thông báo nào" in browse.as_(commune.secretary).page("/thong-bao").text
    said = {"title": "Họp chi bộ", "text": "- Mang theo phiếu\n- Đến **đúng giờ**", "ends_on": "2026-12-20"}
    wrong = browse.submit("/thong-bao/moi", {**said, "title": ""}, action="/thong-bao/moi", status=422)
    assert "Đồng chí chưa ghi tiêu đề." in wrong.text
    seen = browse.submit("/thong-bao/moi", said, action="/thong-bao/moi", status=200)
    assert seen.page is not None
    assert seen.page.texts(".//main//li//strong") == ["đúng giờ"]
    assert "Họp chi bộ" not in browse.page("/").text
    typed = _typed(seen)
    again = browse.post("/thong-bao/moi", {**typed, "buoc": "sua"}, status=200)
    assert "Mang theo phiếu" in again.text
    browse.post("/thong-bao/moi", {**typed, "buoc": "dang"})
    home = browse.as_(commune.member).page("/")
    assert "Họp chi bộ" in home.text
    assert f"Chi bộ thôn Giang Cao, {TODAY:%d/%m/%Y}" in home.text
    browse.as_(commune.secretary)
    address = next(url for url in browse.page("/thong-bao").hrefs() if url.endswith("/sua"))
    changed = browse.submit(address, {"title": "Họp dời ngày"}, action=address, status=200)
    browse.post(address, {**_typed(changed), "buoc": "dang"})
    late = browse.post(address, {**_typed(changed), "buoc": "dang"}, status=409)
    assert "vừa được người khác sửa" in late.text
    browse.submit("/thong-bao", {}, action="/thu-hoi")
    assert "Đã thu hồi" in browse.page("/thong-bao").text
    assert "Họp dời ngày" not in browse.as_(commune.member).page("/").text


def _typed(answer: object) -> dict[str, str]:
    """What the page of a preview would send again."""
    page = getattr(answer, "page", None)
    assert page is not None
    form = page.all(".//main//form")[0]
    return {field.get("name"): field.get("value") or "" for field in form.iter("input")}
