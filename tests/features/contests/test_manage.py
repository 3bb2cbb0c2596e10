"""The organiser's way from nothing to an open round, page by page, without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.contests.models import BlueprintCell, Contest, Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.timing import DailyHours
from tests.support import sitting
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.page import text_of
from tests.support.works import Work


@pytest.fixture
def set_id(work: Work, commune: Commune, banks: None) -> int:
    with work() as w:
        return sitting.publish_shipped(w)


def _round(db: Database) -> Round:
    with db.reading() as session:
        return session.scalars(select(Round)).one()


def test_from_nothing_to_an_open_round(browse: Browse, commune: Commune, set_id: int, db: Database) -> None:
    organiser = browse.as_(commune.organiser)
    assert "Chưa có cuộc thi nào" in organiser.page("/to-chuc/").text
    created = organiser.submit(
        "/to-chuc/cuoc-thi-moi",
        {"title": "Tìm hiểu Nghị quyết", "unit_id": str(commune.root.id)},
        action="/cuoc-thi-moi",
    )
    made = organiser.submit(
        created.location or "",
        {
            "title": "Tuần 1",
            "opens_at": "2026-12-01T08:00",
            "closes_at": "2026-12-07T17:30",
            "set_ids": [str(set_id)],
        },
        action="/dot-moi",
    )
    round_ = _round(db)
    assert f"/to-chuc/dot/{round_.id}/ma-tran" == made.location
    assert round_.opens_at.isoformat() == "2026-12-01T01:00:00+00:00"
    assert (round_.time_limit_s, round_.attempts_allowed) == (900, 3)
    assert round_.tie_breaks == ["score", "duration", "submitted"]
    assert "chưa lập ma trận đề" in organiser.page(f"/to-chuc/dot/{round_.id}").text
    organiser.submit(f"/to-chuc/dot/{round_.id}/ma-tran", {"o_II.1.1_1": "2", "o_II.1.4_3": "3"}, action="/ma-tran")
    with db.reading() as session:
        cells = session.scalars(select(BlueprintCell).order_by(BlueprintCell.position)).all()
    assert [(cell.level, cell.count) for cell in cells] == [(1, 2), (3, 3)]
    assert cells[0].topic == "II.1.1" != cells[1].topic
    sample = organiser.page(f"/to-chuc/dot/{round_.id}/xem-thu?de=2")
    assert "Đề mẫu số 2" in sample.text
    assert len(sample.all(".//h2[@class='question__stem']")) == 5
    organiser.submit(f"/to-chuc/dot/{round_.id}/mo", {}, action="/mo")
    assert "Đang mở" in organiser.page(f"/to-chuc/dot/{round_.id}").text
    assert "Tuần 1" in browse.other().as_(commune.member).page("/dot-thi/").text
    with db.reading() as session:
        actions = set(session.scalars(select(AuditEntry.action)))
    assert {"contest.created", "round.created", "round.published"} <= actions


def test_wrong_settings_come_back_with_words_at_the_field(browse: Browse, commune: Commune, set_id: int) -> None:
    organiser = browse.as_(commune.organiser)
    created = organiser.submit(
        "/to-chuc/cuoc-thi-moi", {"title": "Cuộc thi", "unit_id": str(commune.root.id)}, action="/cuoc-thi-moi"
    )
    refused = organiser.submit(
        created.location or "",
        {"title": "Tuần 1", "opens_at": "2026-12-07T08:00", "closes_at": "2026-12-01T08:00", "set_ids": [str(set_id)]},
        action="/dot-moi",
        status=422,
    )
    assert "Giờ đóng phải sau giờ mở." in refused.text
    empty = organiser.submit(created.location or "", {"title": ""}, action="/dot-moi", status=422)
    assert "Đồng chí chưa điền mục này." in empty.text


def test_a_draft_is_changed_and_shows_its_terms(browse: Browse, commune: Commune, work: Work, set_id: int) -> None:
    with work() as w:
        draft = sitting.draft_round(w, commune.root, set_id)
    organiser = browse.as_(commune.organiser)
    organiser.submit(f"/to-chuc/dot/{draft.id}/sua", {"title": "Tuần mở đầu", "third": ""}, action="/sua")
    page = organiser.page(f"/to-chuc/dot/{draft.id}")
    assert "Tuần mở đầu" in page.text
    assert "điểm cao hơn, làm bài nhanh hơn." in page.text


def test_others_find_nothing(browse: Browse, commune: Commune, work: Work, set_id: int) -> None:
    with work() as w:
        draft = sitting.draft_round(w, commune.root, set_id)
    elsewhere = browse.as_(commune.organiser_elsewhere)
    for path in ("", "/sua", "/ma-tran", "/xem-thu", "/mo"):
        elsewhere.get(f"/to-chuc/dot/{draft.id}{path}", status=404)
    elsewhere.get(f"/to-chuc/cuoc-thi/{draft.contest_id}", status=404)
    member = browse.other().as_(commune.member)
    for path in ("", "/sua", "/ma-tran", "/xem-thu", "/mo"):
        member.get(f"/to-chuc/dot/{draft.id}{path}", status=403)


def test_a_title_of_blanks_is_no_title(browse: Browse, commune: Commune) -> None:
    refused = browse.as_(commune.organiser).submit(
        "/to-chuc/cuoc-thi-moi", {"title": "   ", "unit_id": str(commune.root.id)}, action="/cuoc-thi-moi", status=422
    )
    assert "chưa điền" in refused.text


def test_control_characters_do_not_reach_the_database(browse: Browse, commune: Commune, db: Database) -> None:
    browse.as_(commune.organiser).submit(
        "/to-chuc/cuoc-thi-moi", {"title": "Tìm\0 hiểu\x1b", "unit_id": str(commune.root.id)}, action="/cuoc-thi-moi"
    )
    with db.reading() as session:
        assert session.scalars(select(Contest.title)).one() == "Tìm hiểu"


def test_every_link_of_a_round_leads_somewhere(browse: Browse, commune: Commune, work: Work, set_id: int) -> None:
    with work() as w:
        draft = sitting.draft_round(w, commune.root, set_id)
        opened = sitting.open_round(w, commune.root, set_id, prediction_kind=PredictionKind.PEOPLE)
    organiser = browse.as_(commune.organiser)
    for round_, words in ((draft, "Thi thử (bản nháp)"), (opened, "Số thực tế của câu dự đoán")):
        page = organiser.page(f"/to-chuc/dot/{round_.id}")
        nav = next(one for one in page.all(".//nav") if one.get("aria-label") == "Việc khác của đợt")
        links = {text_of(link): link.get("href", "") for link in nav.iter("a")}
        assert words in links
        for url in links.values():
            organiser.page(url)
    contest_page = organiser.page(f"/to-chuc/cuoc-thi/{draft.contest_id}")
    organiser.page(next(url for url in contest_page.hrefs() if url.endswith("/nhan-ban")))
    organiser.page(next(url for url in organiser.page("/to-chuc/").hrefs() if url.endswith("-theo-mau")))


def test_a_pause_outside_the_hours_is_said(browse: Browse, commune: Commune, work: Work, set_id: int) -> None:
    """The clock of the tests stands at nine in the morning."""
    with work() as w:
        paused = sitting.open_round(
            w,
            commune.root,
            set_id,
            daily=DailyHours(19 * 60, 21 * 60),
            time_limit_s=600,
            opens_at=w.now - timedelta(days=1),
            closes_at=w.now + timedelta(days=1),
        )
    organiser = browse.as_(commune.organiser)
    text = organiser.page(f"/to-chuc/dot/{paused.id}").text
    assert "Tạm nghỉ ngoài khung giờ" in text
    assert "mở lại lúc 19:00 ngày 01/12/2026" in text
    assert "Tạm nghỉ ngoài khung giờ" in organiser.page(f"/to-chuc/cuoc-thi/{paused.contest_id}").text
