"""The page of a contest's prizes: what is set there, and what is fixed once results rest on it."""

from __future__ import annotations

import pytest

from quiz_app.contests import queries as contests
from quiz_app.contests.models import Contest, PrizeScope, Round, UnitClasses
from quiz_app.kernel.errors import BadInput
from quiz_app.results import prizes
from quiz_app.results.errors import PrizesLocked
from quiz_app.results.prizes import Mix, PrizePlan
from quiz_app.rules.unit_mix import MixMeasure
from tests.features.leaderboard.build import attempt, roster
from tests.features.results.build import SAT, closed_round, finalise, second_organiser
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")

NO_MIX = Mix({}, None, 0, UnitClasses.SIZE)


def listed(work: Work, contest_id: int) -> list[tuple[str, bool, str, int]]:
    with work() as w:
        return [(one.scope, one.is_for_units, one.title, one.count) for one in prizes.prizes_of(w.session, contest_id)]


def test_prizes_are_set_on_their_page(work: Work, commune: Commune, browse: Browse) -> None:
    round_ = closed_round(work, commune.root)
    url = f"/to-chuc/cuoc-thi/{round_.contest_id}/giai"
    organiser = browse.as_(commune.organiser)
    organiser.submit(
        url,
        {
            "ten_round_0": "Giải Nhất",
            "so_round_0": "1",
            "ten_round_1": "Tập thể",
            "so_round_1": "2",
            "tap_the_round_1": "y",
            "ten_overall_0": "Giải chung cuộc",
            "so_overall_0": "3",
            "most_prizes": "2",
            "weight_turnout": "3",
            "weight_mean": "1",
            "minimum": "5",
            "classes": "kind",
        },
        action="/giai",
    )
    assert listed(work, round_.contest_id) == [
        ("overall", False, "Giải chung cuộc", 3),
        ("round", False, "Giải Nhất", 1),
        ("round", True, "Tập thể", 2),
    ]
    with work() as w:
        contest = w.session.get_one(Contest, round_.contest_id)
        assert (contest.most_prizes, contest.unit_weights) == (2, {"turnout": 3, "mean": 1})
        assert (contest.unit_minimum, contest.unit_classes) == (5, "kind")
    organiser.submit(url, {"ten_overall_0": "", "so_overall_0": ""}, action="/giai")
    assert [scope for scope, *_ in listed(work, round_.contest_id)] == ["round", "round"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"ten_round_0": "Giải Nhất"}, "ghi số lượng"),
        ({"so_round_0": "1"}, "ghi tên giải"),
        ({"ten_round_0": "Tập thể", "so_round_0": "1", "tap_the_round_0": "y"}, "phải đặt trọng số"),
        ({"weight_above": "1"}, "điểm khá trở lên"),
        ({"so_round_0": "-1", "ten_round_0": "Giải"}, "Số phải từ 0"),
    ],
)
def test_what_does_not_fit_is_told(
    work: Work, commune: Commune, browse: Browse, sent: dict[str, str], words: str
) -> None:
    round_ = closed_round(work, commune.root)
    url = f"/to-chuc/cuoc-thi/{round_.contest_id}/giai"
    answer = browse.as_(commune.organiser).submit(url, sent, action="/giai", status=422)
    assert answer.page is not None
    assert words in answer.page.text
    assert listed(work, round_.contest_id) == []


def test_prizes_are_fixed_once_a_table_is_published(work: Work, commune: Commune, browse: Browse) -> None:
    round_ = closed_round(work, commune.root)
    with work() as w:
        roster(w, round_, [commune.member])
        attempt(w, round_, commune.member, 18, started=SAT)
    finalise(work, PrizeScope.ROUND, round_.id, commune.organiser, second_organiser(work, commune))
    one = {PrizeScope.ROUND: [PrizePlan(False, "Giải Nhất", 1)]}
    mix = Mix({MixMeasure.TURNOUT: 1}, None, 0, UnitClasses.SIZE)
    for wanted, most, wanted_mix in ((one, None, NO_MIX), ({}, 3, NO_MIX), ({}, None, mix)):
        with pytest.raises(PrizesLocked), work(actor=commune.organiser) as w:
            prizes.set_prizes(w, round_.contest_id, wanted, most, wanted_mix)
    with work(actor=commune.organiser) as w:
        later = {PrizeScope.OVERALL: [PrizePlan(False, "Giải chung cuộc", 1)]}
        prizes.set_prizes(w, round_.contest_id, later, None, NO_MIX)
    page = browse.as_(commune.organiser).page(f"/to-chuc/cuoc-thi/{round_.contest_id}/giai")
    assert "Đã công bố kết quả nên không đổi được" in page.text
    assert "Giải chung cuộc" in page.html


def test_units_win_only_where_they_are_ranked(work: Work, commune: Commune) -> None:
    round_ = closed_round(work, commune.root)
    wanted = {PrizeScope.ROUND: [PrizePlan(True, "Tập thể", 1)]}
    with pytest.raises(BadInput), work(actor=commune.organiser) as w:
        prizes.set_prizes(w, round_.contest_id, wanted, None, NO_MIX)


def test_the_rules_tell_prizes_and_are_renewed_with_them(work: Work, commune: Commune) -> None:
    """Each setting by itself makes a version of a published round; a final one keeps what was accepted."""
    with work() as w:
        round_ = contest.open_round(w, commune.root).round
        final = contest.open_round(w, commune.root).round
        final.contest_id, final.position = round_.contest_id, 9
        final.finalised_at = w.now
    people = {PrizeScope.ROUND: [PrizePlan(False, "Giải Nhất", 1), PrizePlan(False, "Giải Nhì", 20)]}
    weights = {MixMeasure.MEAN: 2, MixMeasure.ABOVE: 1}
    changes: list[tuple[dict[PrizeScope, list[PrizePlan]], int | None, Mix, str]] = [
        (people, None, NO_MIX, "Giải của mỗi đợt thi cho cá nhân: Giải Nhất: 1 giải; Giải Nhì: 20 giải."),
        ({}, 3, NO_MIX, "nhiều nhất 3 giải đợt"),
        ({}, 3, Mix(weights, 15, 0, UnitClasses.SIZE), "điểm trung bình × 2; tỉ lệ đạt điểm khá trở lên × 1."),
        ({}, 3, Mix(weights, 16, 0, UnitClasses.SIZE), "Điểm khá trở lên là từ 16 điểm."),
        ({}, 3, Mix(weights, 16, 5, UnitClasses.SIZE), "từ 5 đảng viên trong danh sách"),
        ({}, 3, Mix(weights, 16, 5, UnitClasses.KIND), "theo khối"),
        (
            {PrizeScope.OVERALL: [PrizePlan(True, "Cờ đầu", 1)]},
            3,
            Mix(weights, 16, 5, UnitClasses.KIND),
            "Giải toàn cuộc thi cho đơn vị, trao riêng trong mỗi nhóm: Cờ đầu: 1 giải.",
        ),
    ]
    for number, (wanted, most, mix, words) in enumerate(changes, start=2):
        for _ in range(2):  # the second time nothing has changed
            with work(actor=commune.organiser) as w:
                prizes.set_prizes(w, round_.contest_id, wanted, most, mix)
        with work() as w:
            rules = contests.rules(w.session, w.session.get_one(Round, round_.id))
            assert rules is not None
            assert rules.number == number
            said = {section["heading"]: " ".join(section["sentences"]) for section in rules.sections}
            assert words in said["Giải thưởng"]
            assert w.session.get_one(Round, final.id).rules_number == 1
