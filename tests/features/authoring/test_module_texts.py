"""Pure: what changed between two texts of a module, and what is done to its lessons."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from quiz_app.authoring import module_edits
from quiz_app.authoring.module_diff import PartChange, compare, lines_between
from quiz_app.kernel.errors import BadInput, Missing
from tests.support import contest

MODULE = contest.sample_bank().modules[0]
FIRST, SECOND = MODULE.lessons


def _told(parts: tuple[PartChange, ...]) -> list[tuple[str, str, list[str]]]:
    return [(part.label, part.told, [field.label for field in part.fields]) for part in parts]


def _drawn(before: str, after: str) -> list[str]:
    signs = {"same": "{}", "gone": "[-{}-]", "new": "[+{}+]"}
    return [
        "…" if line.kind == "gap" else "".join(signs[piece.mark].format(piece.text) for piece in line.pieces)
        for line in lines_between(before, after)
    ]


def test_equal_modules_do_not_differ() -> None:
    assert compare(MODULE, replace(MODULE)) == ()


def test_each_part_says_what_became_of_it() -> None:
    third = module_edits.empty_lesson("bai-ba", "Bài thêm")
    after = replace(MODULE, title="Tên khác", lessons=(SECOND, replace(FIRST, minutes=7), third))
    assert _told(compare(MODULE, after)) == [
        ("Thông tin chung", "", ["Tên"]),
        ("Bài 1. Giải pháp chính", "trước là bài 2", []),
        ("Bài 2. Mục tiêu chung", "trước là bài 1", ["Số phút"]),
        ("Bài 3. Bài thêm", "bài mới", ["Tên bài", "Số phút"]),
    ]


def test_a_lesson_that_moves_up_behind_a_removed_one_has_not_moved() -> None:
    assert _told(compare(MODULE, replace(MODULE, lessons=(SECOND,)))) == [("Bài 1. Mục tiêu chung", "bỏ bài này", [])]


def test_a_mended_line_is_shown_word_by_word() -> None:
    assert _drawn("Xã có chín thôn và một làng nghề.", "Xã có mười thôn và một làng nghề.") == [
        "Xã có [-chín -][+mười +]thôn và một làng nghề."
    ]


def test_lines_without_much_in_common_stand_one_after_the_other() -> None:
    assert _drawn("Một câu cũ.", "Hoàn toàn khác hẳn đi.") == ["[-Một câu cũ.-]", "[+Hoàn toàn khác hẳn đi.+]"]


def test_of_equal_lines_only_those_beside_a_change_are_kept() -> None:
    before = "\n\n".join(f"Đoạn thứ {number}." for number in range(1, 9))
    assert _drawn(before, f"{before}\n\nThêm.") == ["…", "Đoạn thứ 8.", "[+Thêm.+]"]
    assert _drawn(before, before.replace("4.", "bốn.")) == [
        "…", "Đoạn thứ 3.", "Đoạn thứ [-4.-][+bốn.+]", "Đoạn thứ 5.", "…",
    ]  # fmt: skip


def test_texts_of_any_size_are_compared_at_once() -> None:
    started = time.process_time()
    for unit in ("a\n", "a ", "ab\nc d\n"):
        long = unit * (40_000 // len(unit))
        assert lines_between(long, long[: len(long) // 2] + "khác " + long[len(long) // 2 :])
        assert lines_between(long, "khác\n" + long[::-1])
    assert time.process_time() - started < 30  # each with each would take many minutes


@pytest.mark.parametrize(
    ("title", "name"),
    [("Đổi mới, sáng tạo!", "doi-moi-sang-tao"), ("Bài 3: Nước sạch", "bai-3-nuoc-sach"), ("???", ""), ("a" * 99, "")],
)
def test_a_title_becomes_a_short_name(title: str, name: str) -> None:
    assert module_edits.short_name(title) == name


def test_new_lessons_get_names_of_their_own() -> None:
    module, first = module_edits.with_new_lesson(MODULE, "Bài một")
    module, second = module_edits.with_new_lesson(module, "???")
    assert (first, second) == ("bai-mot-2", "bai")
    with pytest.raises(BadInput):
        module_edits.with_new_lesson(MODULE, "Tên khác", "bai-mot")
    for number in range(module_edits.MOST_LESSONS - len(module.lessons)):
        module, _ = module_edits.with_new_lesson(module, f"Bài số {number}")
    with pytest.raises(BadInput):
        module_edits.with_new_lesson(module, "Quá nhiều")


def test_the_first_and_the_last_lesson_stay_at_their_ends() -> None:
    assert module_edits.moved(MODULE, FIRST.slug, -1) == MODULE
    assert module_edits.moved(MODULE, SECOND.slug, 1) == MODULE
    assert module_edits.moved(MODULE, FIRST.slug, 1).lessons == (SECOND, FIRST)
    with pytest.raises(Missing):
        module_edits.without_lesson(MODULE, "khong-co")
