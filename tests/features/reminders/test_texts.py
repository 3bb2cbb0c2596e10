"""The words of reminders: counts for groups, a name for one person, and nothing that an open prediction asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from quiz_app.reminders.texts import Facts, Tone, group_text, personal_text
from tests.support.clock import NOW

FACTS = Facts(
    unit_name="Chi bộ thôn Giang Cao",
    contest_title="Tìm hiểu Nghị quyết",
    round_title="Tuần 2",
    opens_at=NOW - timedelta(days=5),
    closes_at=NOW + timedelta(days=2),
    now=NOW,
    address="https://hoc-tap.example.vn",
    done=12,
    able=30,
)


@pytest.mark.parametrize("tone", Tone)
def test_a_group_is_told_counts_and_where_to_go(tone: Tone) -> None:
    text = group_text(tone, FACTS)
    assert "Chi bộ thôn Giang Cao: 12/30 đồng chí đã thi." in text
    assert "còn 2 ngày" in text
    assert text.endswith(FACTS.address) or text.endswith("Trân trọng.")


@pytest.mark.parametrize("tone", Tone)
def test_without_counts_the_text_has_no_hole(tone: Tone) -> None:
    text = group_text(tone, replace(FACTS, done=None, able=None))
    assert "đã thi." not in text
    assert "  " not in text
    assert " \n" not in text
    assert "None" not in text


@pytest.mark.parametrize("tone", Tone)
def test_one_person_is_told_by_name_and_of_nobody_else(tone: Tone) -> None:
    text = personal_text(tone, FACTS, "Nguyễn Văn An")
    assert "đồng chí Nguyễn Văn An" in text.replace("Đồng chí Nguyễn", "đồng chí Nguyễn")
    assert "12" not in text.replace("12/2026", "")
    assert "30" not in text


def test_before_the_opening_it_says_when() -> None:
    coming = replace(FACTS, opens_at=NOW + timedelta(days=1), done=0)
    assert "mở lúc" in group_text(Tone.SHORT, coming)
    assert "0/30" not in group_text(Tone.SHORT, coming)


def test_the_tones_differ() -> None:
    assert (
        len({group_text(tone, FACTS) for tone in Tone}) == len({personal_text(tone, FACTS, "A") for tone in Tone}) == 3
    )
