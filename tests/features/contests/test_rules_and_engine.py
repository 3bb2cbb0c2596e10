"""Where rules, forms and notices could contradict what the engine does, they say the same as it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from quiz_app.contests import rules_page
from quiz_app.contests.forms import RoundForm
from quiz_app.contests.models import Round, RoundNotice
from quiz_app.contests.timing import timing_of
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.work import Work as Unit
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.timing import DailyHours, window
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # words; what is stored and asked is tested with rounds on both engines


def _text(w: Unit, round_: Round) -> str:
    return "\n".join(line for section in rules_page.sections_of(w, round_) for line in section.sentences)


def test_hours_and_days_decide_when_a_round_opens_and_closes(work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        draft = contest.open_round(
            w,
            commune.root,
            opens_at=NOW,
            closes_at=NOW + timedelta(days=7),
            daily=DailyHours(19 * 60, 22 * 60),
            weekdays=frozenset({2, 3}),
        ).round
        text = _text(w, draft)
        assert "mở lúc 19:00 ngày 02/12/2026 và đóng lúc 22:00 ngày 03/12/2026" in text
        draft.extension_s = draft.longest_extension_s = 3 * 3600
        text = _text(w, draft)
        night = window(timing_of(draft), datetime(2026, 12, 4, 0, 30, tzinfo=VIETNAM))
    assert night.phase == "open", "the extension goes on beyond the hours and the days"
    assert "đợt thi đóng lúc 01:00 ngày 04/12/2026" in text
    assert "Thời gian gia hạn nối ngay vào buổi cuối cùng, kể cả ngoài khung giờ và các ngày nói trên." in text
    assert "thời gian bù thì được cộng thêm, nhưng không quá lúc hết giờ mở" in text


def test_the_form_and_the_rules_name_the_same_day_for_an_age(work: Work, commune: Commune) -> None:
    with work() as w:
        text = _text(w, contest.open_round(w, commune.root, minimum_age=16).round)
    assert "đủ 16 tuổi vào ngày bắt đầu lượt thi" in text
    assert "vào ngày bắt đầu lượt thi" in RoundForm.minimum_age.kwargs["description"]
    assert "có thể được giữ ở cuối" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "đợt không thi thì tính 0 điểm, trọn thời lượng, giờ nộp là lúc đóng."),
        ({"time_limit_s": None}, "tính 0 điểm, trọn buổi thi dài nhất, giờ nộp là lúc đóng."),
        ({"prediction_kind": PredictionKind.PEOPLE}, "giờ nộp là lúc đóng, không có dự đoán."),
    ],
)
def test_what_a_missed_round_counts_is_said(work: Work, commune: Commune, changes: dict[str, Any], words: str) -> None:
    with work() as w:
        assert words in _text(w, contest.open_round(w, commune.root, **changes).round)


def test_everybody_reads_which_unit_was_extended(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
        own = {"round_id": opened.round.id, "unit_id": commune.first.id, "created_at": w.now}
        w.session.add(RoundNotice(**own, text="Mất điện.", extension_s=1800))
        w.session.add(RoundNotice(**own, text="Họp lúc 14 giờ."))
        opened.round.longest_extension_s = 1800
    address = f"/dot-thi/{opened.round.id}"
    other = browse.as_(commune.stranger).page(address).text
    assert f"{commune.first.name}: đóng lúc 09:30 ngày 02/12/2026. Mất điện." in other
    assert "Họp lúc 14 giờ." not in other
    assert "Đơn vị khác được gia hạn" not in browse.other().as_(commune.member).page(address).text
