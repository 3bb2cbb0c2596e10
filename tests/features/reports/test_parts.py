"""The parts of a report that depend on how many units and rounds there are: charts, and what units have studied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from quiz_app.reports.composing import MOST_MODULES, composed
from quiz_app.reports.content import Content
from quiz_app.reports.figures import Figures, MeetingLine, ModuleLine, RoundLine, UnitLine
from quiz_app.reports.models import Kind
from quiz_app.reports.naming import Named, Rule
from quiz_app.reports.official import Official, Picture, Table
from quiz_app.reports.texts import from_json
from quiz_app.rules.unit_standing import UnitFigures

SAT = UnitFigures(0, 10, 0, 8, 8, 9, 8 * 15, 1, 8)  # eight of ten, fifteen points in the mean


def _drawn(
    unit_count: int,
    rounds: int,
    *,
    modules: Sequence[ModuleLine] = (),
    meetings: Sequence[MeetingLine] = (),
) -> Official:
    line = RoundLine("Tuần 1", "Cuộc thi", "2026-06-01T10:00:00+00:00", SAT, 0, 20, 20, None, 0, True, False, True)
    figures = Figures(
        unit_id=99, unit_name="Đảng bộ xã", starts_on="2026-01-01", ends_on="2026-06-30",
        counted_at="2026-07-01T02:00:00+00:00", rounds=(line,) * rounds, waiting=(), members=10, total=SAT, place=None,
        ranked=0, units=tuple(UnitLine(at, f"Chi bộ {at}", 1, 10, at, SAT) for at in range(1, unit_count + 1)),
        modules=tuple(modules), meetings=tuple(meetings), outside=(), asked=(), prizes=(),
    )  # fmt: skip
    words = from_json({"profile": "hd05-2026", "issuer": "Đảng bộ xã"})
    return composed(Content(1, date(2026, 7, 1), Kind.MIDYEAR, words, Named(Rule()), figures, "0" * 64))


def _pictures(document: Official) -> list[str]:
    return [block.words for block in document.blocks if isinstance(block, Picture)]


@pytest.mark.parametrize(
    ("units", "rounds", "told"),
    [
        (0, 1, []),
        (
            0,
            2,
            [
                "Tỉ lệ tham gia qua các đợt: Tuần 1 80%; Tuần 1 80%",
                "Điểm trung bình qua các đợt (so với điểm tối đa): Tuần 1 15,00/20; Tuần 1 15,00/20",
            ],
        ),
        (
            2,
            1,
            [
                "Tỉ lệ tham gia theo đơn vị: Chi bộ 1 80%; Chi bộ 2 80%",
                "Điểm trung bình theo đơn vị: Chi bộ 1 15,00; Chi bộ 2 15,00",
            ],
        ),
    ],
)
def test_turnout_and_scores_are_drawn_by_unit_and_over_time(units: int, rounds: int, told: list[str]) -> None:
    assert _pictures(_drawn(units, rounds)) == told


def test_of_several_rounds_the_roster_told_is_the_latest() -> None:
    words = [getattr(block, "text", "") for block in _drawn(0, 2).blocks]
    assert "Đảng viên trong danh sách (đợt gần nhất): 10" in words


def test_scores_of_many_units_are_drawn_by_how_many_reach_them() -> None:
    turnouts, scores = _pictures(_drawn(26, 1))
    assert "Từ 75% đến dưới 90% 26 đơn vị" in turnouts
    assert scores.startswith("Số đơn vị theo điểm trung bình, so với điểm tối đa")
    assert "Từ 75% đến dưới 90% 26 đơn vị" in scores


def test_what_each_unit_has_studied_stands_in_an_annex() -> None:
    count = MOST_MODULES + 1
    modules = [ModuleLine(unit, f"Chuyên đề {at}", unit + at, 40) for unit in (0, 1, 2) for at in range(count)]
    meetings = [MeetingLine(0, 3, 30, 24), MeetingLine(2, 3, 30, 24)]
    annex = _drawn(2, 1, modules=modules, meetings=meetings).annexes[2]
    assert annex.title == "PHỤ LỤC 3: HỌC TẬP, SINH HOẠT THEO ĐƠN VỊ"
    first, second, met = [block for block in annex.blocks if isinstance(block, Table)]
    assert first.rows == [[f"Chi bộ {at}", "40", *(str(at + one) for one in range(MOST_MODULES))] for at in (1, 2)]
    assert second.rows == [["Chi bộ 1", "40", "10"], ["Chi bộ 2", "40", "11"]]
    assert second.sums == ["Toàn đơn vị", "40", "9"]
    assert "CĐ 10: Chuyên đề 9" in second.caption
    assert (met.rows, met.sums) == (
        [["Chi bộ 2", "3", "30", "24", "80%"]],
        ["Toàn đơn vị", "3", "30", "24", "80%"],
    )


def test_without_a_round_no_roster_is_said_to_be_empty() -> None:
    modules = [ModuleLine(unit, "Chuyên đề", 1, 40) for unit in (0, 1)]
    document = _drawn(1, 0, modules=modules, meetings=[MeetingLine(0, 1, 9, 8)])
    words = [getattr(block, "text", "") for block in document.blocks]
    assert (
        "Học tập và hoạt động khác: người có tên trong danh sách lúc tính, học hết mọi bài của chuyên đề đến hết ngày "
        "30/06/2026; buổi sinh hoạt đã xác nhận, tổ chức từ ngày 01/01/2026 đến ngày 30/06/2026."
    ) in words
    assert "Không có đợt thi nào kết thúc trong thời gian báo cáo." in words
    assert not [one for one in words if "Đảng viên trong danh sách" in one]
    assert [one.title for one in document.annexes] == ["PHỤ LỤC: HỌC TẬP, SINH HOẠT THEO ĐƠN VỊ"]
