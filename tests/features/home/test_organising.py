"""The organiser's part of the first page, against figures made by hand."""

from __future__ import annotations

from datetime import timedelta

from quiz_app.contests.models import Contest
from quiz_app.home import organising
from quiz_app.kernel.db import Database
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.rules.timing import WindowPhase
from tests.features.leaderboard.build import Statements, attempt, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune, member
from tests.support.works import View, Work

BEGAN, ENDED = timedelta(days=-20), timedelta(days=-12)


def held(work: Work, commune: Commune) -> None:
    """Closed, open until tomorrow, open until in six days, coming, a draft; and another's contest beside."""
    with work() as w:
        past = open_round(w, commune.root, title="Tuần 1", opened=BEGAN, closes=ENDED)
        contest = w.session.get_one(Contest, past.contest_id)
        later = open_round(w, commune.root, title="Tuần 2", contest=contest, closes=timedelta(days=6))
        soon = open_round(w, commune.root, title="Tuần 3", contest=contest)
        open_round(w, commune.root, title="Tuần 4", contest=contest, opened=timedelta(days=8), closes=timedelta(days=9))
        open_round(w, commune.root, title="Tuần 5", contest=contest, is_published=False)
        done = open_round(w, commune.root, title="Tuần 0", contest=contest, opened=BEGAN, closes=ENDED)
        done.finalised_at = w.now - timedelta(days=11)
        for round_ in (later, soon):
            roster(w, round_, [*commune.voters, commune.stranger, commune.inner_member], [commune.exempt])
        attempt(w, soon, commune.member, 18)
        attempt(w, soon, commune.stranger, 12)
        attempt(w, soon, commune.colleague, None)
        attempt(w, later, commune.colleague, None, started=timedelta(hours=-9))


def test_what_is_open_closes_next_and_waits(work: Work, view: View, commune: Commune, db: Database) -> None:
    held(work, commune)
    refresh_tallies(db)
    with view(actor=commune.organiser) as r:
        found = organising.organising(r)
    assert [(each.round.title, each.phase) for each in found.running] == [
        ("Tuần 3", WindowPhase.OPEN),
        ("Tuần 2", WindowPhase.OPEN),
        ("Tuần 4", WindowPhase.UPCOMING),
    ]
    assert [(each.submitted, each.sitting) for each in found.running] == [(2, 1), (0, 1), (0, 0)]
    assert [round_.title for round_ in found.drafts] == ["Tuần 5"]
    assert [round_.title for round_, _ in found.unfinalised] == ["Tuần 1"]
    assert found.overdue == 1
    assert found.progress is not None
    assert found.progress.round.title == "Tuần 3"
    assert sum(each.started for each in found.progress.traffic) == 3
    assert sum(each.submitted for each in found.progress.traffic) == 2
    assert [each.unit.name for each in found.progress.best] == ["Chi bộ thôn Kim Lan"]
    assert [each.unit.name for each in found.progress.worst] == ["Chi bộ Công an 1"]


def test_the_page_tells_it(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    held(work, commune)
    refresh_tallies(db)
    page = browse.as_(commune.organiser).page("/")
    assert "Chờ đồng chí xử lý" in page.text
    assert "1 lượt thi đã hết giờ mà chưa được đóng" in page.text
    assert "2 lượt đã nộp, 1 lượt đang làm" in page.text
    assert "Tuần 3: lượt nộp theo giờ" in page.text
    assert "Cần đôn đốc – Tuần 3" in page.text
    for reader in (commune.organiser_elsewhere, commune.member, commune.overseer):
        assert "Tuần 5" not in browse.as_(reader).page("/").text


def test_without_contests_there_is_still_a_way_in(commune: Commune, browse: Browse) -> None:
    page = browse.as_(commune.organiser).page("/")
    assert "Không có đợt thi nào đang mở hay sắp mở" in page.text
    assert "/to-chuc/" in page.hrefs()


def test_the_number_of_queries_stays(work: Work, view: View, commune: Commune, db: Database) -> None:
    held(work, commune)
    refresh_tallies(db)

    def counted() -> int:
        with view(actor=commune.organiser) as r, Statements(db.engine) as statements:
            organising.organising(r)
        return statements.count

    few = counted()
    with work() as w:
        for number in range(5):
            more = open_round(w, commune.root, title=f"Thêm {number}", closes=timedelta(days=20))
            roster(w, more, [commune.member])
            attempt(w, more, member(w, commune.first, f"Lý Văn Số {number}", with_account=False), 9)
    refresh_tallies(db)
    assert counted() == few <= 6
