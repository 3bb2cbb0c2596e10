"""A round with hours and days of its own: every page that tells of it says when one may really sit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from quiz_app.rules.timing import DailyHours
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import Work

# The clock of the tests stands on Tuesday 01/12/2026 at nine in the morning.
EVENINGS = DailyHours(19 * 60, 21 * 60)
MORNINGS = DailyHours(7 * 60, 11 * 60)


@pytest.fixture
def told(browse: Browse, commune: Commune) -> dict[str, Browse]:
    """Who reads: nobody in particular, a member, an organiser."""
    return {
        "nobody": browse,
        "member": browse.other().as_(commune.member),
        "organiser": browse.other().as_(commune.organiser),
    }


def _open(work: Work, commune: Commune, **changes: Any) -> None:
    with work() as w:
        around: dict[str, Any] = {"opens_at": w.now - timedelta(days=1), "closes_at": w.now + timedelta(days=4)}
        contest.open_round(w, commune.root, **{**around, **changes})


def test_a_pause_is_not_told_as_the_end(work: Work, commune: Commune, told: dict[str, Browse]) -> None:
    _open(work, commune, daily=EVENINGS)
    pages = [who.page("/") for who in told.values()] + [told["member"].page("/dot-thi/")]
    for page in pages:
        assert "Tạm nghỉ ngoài khung giờ" in page.text
        assert "Mở lại lúc 19:00 ngày 01/12/2026 , đóng lúc 21:00 ngày 04/12/2026" in page.text
        assert "Đã đóng" not in page.text
        assert "Sắp mở" not in page.text


def test_the_end_of_a_session_is_not_told_as_the_close(work: Work, commune: Commune, told: dict[str, Browse]) -> None:
    _open(work, commune, daily=MORNINGS)
    pages = [who.page("/") for who in told.values()] + [told["member"].page("/dot-thi/")]
    for page in pages:
        assert "Buổi này làm bài đến 11:00 ngày 01/12/2026" in page.text
        assert "Đóng lúc 09:00 ngày 05/12/2026" in page.text


def test_a_start_shortly_before_the_end_of_a_session_is_told_as_that(
    work: Work, commune: Commune, browse: Browse
) -> None:
    with work() as w:
        opened = contest.open_round(
            w, commune.root, daily=DailyHours(7 * 60, 9 * 60 + 5), opens_at=w.now - timedelta(days=1)
        )
    text = browse.as_(commune.member).page(f"/dot-thi/{opened.round.id}").text
    assert "Sắp hết giờ của buổi này: nếu bắt đầu bây giờ, đồng chí chỉ còn" in text
    assert "Đợt thi sắp đóng" not in text


def test_the_opening_is_told_as_the_first_hour_in_which_one_may_sit(
    work: Work, commune: Commune, told: dict[str, Browse]
) -> None:
    with work() as w:
        opens_at = w.now + timedelta(days=1)
    _open(work, commune, opens_at=opens_at, daily=EVENINGS, weekdays=frozenset({3, 4}))
    pages = [who.page("/") for who in told.values()] + [told["member"].page("/dot-thi/")]
    for page in pages:
        assert "Mở lúc 19:00 ngày 03/12/2026" in page.text


def test_a_close_that_was_moved_is_told_after_it(work: Work, commune: Commune, browse: Browse, clock: Clock) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
        opened.round.extension_s = opened.round.longest_extension_s = 300
    clock.move(days=1, minutes=10)
    assert "Đóng lúc 09:05 ngày 02/12/2026" in browse.as_(commune.member).page("/dot-thi/").text


def test_organisers_and_desks_read_the_close_that_holds(
    work: Work, commune: Commune, browse: Browse, clock: Clock
) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
        opened.round.longest_extension_s = 300
    contest_page = f"/to-chuc/cuoc-thi/{opened.contest.id}"
    organiser = browse.as_(commune.organiser)
    for path in ("/to-chuc/", contest_page, f"/to-chuc/dot/{opened.round.id}"):
        assert "09:05 ngày 02/12/2026" in organiser.page(path).text, path
    desk = f"/tham-gia/{opened.round.id}/don-vi/{commune.first.id}"
    assert "đến 09:05 ngày 02/12/2026" in browse.other().as_(commune.secretary).page(desk).text
    clock.move(days=1, minutes=10)
    assert "đóng 09:05 ngày 02/12/2026" in browse.as_(commune.organiser).page("/").text
