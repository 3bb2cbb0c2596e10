"""Units of a final table: what is told of small ones, who draws lots, and who wins nothing."""

from __future__ import annotations

import hmac

import pytest

from quiz_app.contests.models import Contest, PrizeScope, UnitClasses
from quiz_app.kernel.db import Database
from quiz_app.units.models import UnitKind
from tests.features.leaderboard.build import roster
from tests.features.results.build import SEED, give
from tests.features.results.scene import Scene, set_scene
from tests.support import build
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work


@pytest.fixture
def stage(db: Database, work: Work, commune: Commune) -> Scene:
    """With a unit of which nobody sat. Members of first: 4, second: 3, committee: 1, quiet: 1."""
    scene = set_scene(db, work, commune)
    with work() as w:
        quiet = build.unit(w, "CB3", "Chi bộ thôn Vắng", UnitKind.CELL, commune.root)
        roster(w, scene.round, [build.member(w, quiet, "Đinh Văn Im")])
    return scene


def rank_units(stage: Scene, weights: dict[str, int], *, minimum: int = 0, classes: str = "none") -> None:
    with stage.work() as w:
        contest = w.session.get_one(Contest, stage.round.contest_id)
        contest.unit_weights, contest.unit_threshold = weights, 15
        contest.unit_minimum, contest.unit_classes = minimum, UnitClasses(classes).value


def test_organisers_read_a_table_with_a_unit_of_which_nobody_sat(stage: Scene, browse: Browse) -> None:
    rank_units(stage, {"turnout": 1, "mean": 1, "above": 1})
    table = stage.propose(stage.commune.organiser)
    page = browse.as_(stage.second).page(f"/to-chuc/bang-ket-qua/{table.id}")
    assert "Chi bộ thôn Vắng" in page.text
    assert "16,50 điểm" in page.text


@pytest.mark.parametrize(("weights", "is_told"), [({"turnout": 1, "mean": 1}, False), ({"turnout": 1}, True)])
def test_no_total_gives_away_the_points_of_one_person(
    stage: Scene, browse: Browse, weights: dict[str, int], *, is_told: bool
) -> None:
    """Only the stranger of second is ranked: turnout 667 of a total of 1667 would leave 1000 for his 18 points."""
    rank_units(stage, weights)
    table = stage.finalise()
    page = browse.as_(stage.commune.member).page(f"/ket-qua/{table.id}/don-vi")
    totals = dict(zip(page.texts(".//tbody/tr/th"), page.texts(".//tbody/tr/td[last()-1]"), strict=True))
    by_name = {name.split("đảng viên")[0].rstrip(" 0123456789"): total for name, total in totals.items()}
    assert by_name["Chi bộ thôn Giang Cao"] == ("1.917" if "mean" in weights else "1.000")
    assert by_name["Chi bộ thôn Kim Lan"] == ("667" if is_told else "– không nêu")
    assert by_name["Chi bộ thôn Vắng"] == "0", "of nobody nothing is given away"


def test_units_that_tie_for_the_last_prize_draw_lots_that_anybody_can_repeat(stage: Scene, browse: Browse) -> None:
    """first and committee took part in full: both first, and there is one prize."""
    rank_units(stage, {"turnout": 1})
    give(stage.work, stage.round, PrizeScope.ROUND, ("Cờ đầu", 1), for_units=True)
    table = stage.finalise()
    number = {code: hmac.new(SEED.encode(), code.encode(), "sha256").hexdigest() for code in ("CB1", "DBCA")}
    name = {"CB1": "Chi bộ thôn Giang Cao", "DBCA": "Đảng bộ Công an xã"}
    first, second = sorted(number, key=lambda code: number[code])
    reader = browse.as_(stage.commune.member)
    drawn = reader.page(f"/ket-qua/{table.id}/boc-tham")
    assert "Những đơn vị cùng hạng 1" in drawn.text
    rows = list(zip(drawn.texts(".//tbody/tr/th")[-2:], drawn.texts(".//tbody/tr/td")[-2:], strict=True))
    assert rows == [
        (f"{name[first]} {first} {number[first]}", "Cờ đầu"),
        (f"{name[second]} {second} {number[second]}", "–"),
    ]
    assert "Cờ đầu bốc thăm" in reader.page(f"/ket-qua/{table.id}/don-vi").text


def test_a_unit_that_got_nothing_wins_nothing(stage: Scene) -> None:
    rank_units(stage, {"turnout": 1})
    give(stage.work, stage.round, PrizeScope.ROUND, ("Khen", 9), for_units=True)
    table = stage.kept(stage.propose(stage.commune.organiser).id)
    assert {one.code: (one.place, one.prize) for one in table.units} == {
        "CB1": (1, "Khen"),
        "DBCA": (1, "Khen"),
        "CB2": (3, "Khen"),
        "CB3": (4, None),
    }


def test_a_class_and_a_minimum_say_who_is_ranked_among_whom(stage: Scene) -> None:
    """By kind the cells, the one within the committee too, stand apart from the committee; from 3 members upwards."""
    rank_units(stage, {"turnout": 1}, minimum=3, classes="kind")
    table = stage.kept(stage.propose(stage.commune.organiser).id)
    assert {one.code: (one.class_name, one.place, one.total) for one in table.units} == {
        "CB1": ("cell", 1, 1000),
        "CB2": ("cell", 2, 667),
        "CB3": ("cell", None, 0),
        "CBCA1": ("cell", None, 1000),
        "DBCA": ("base_committee", None, 0),
    }
