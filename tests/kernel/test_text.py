from __future__ import annotations

import random
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.kernel.text import abbreviated, nfc, search_key, sort_key, tidy, title_key

IN_ORDER = [
    "Lê Văn An",
    "Bùi Thị Anh",
    "Đỗ Văn Anh",
    "Trần Thị Ánh",
    "Nguyễn Thị Ân",
    "Phạm Văn Ẩn",
    "Đặng Văn Dung",
    "Vũ Văn Dũng",
    "Nguyễn Văn Đức",
    "Nguyễn Hồng Hạnh",
    "Nguyễn Thị Hạnh",
    "Nguyễn Thị Hằng",
    "Dương Thị Hân",
    "Lê Thị Hoa",
    "Trần Văn Hoa",
    "Nguyễn Thị Hòa",
    "Nguyễn Văn Hoà",
    "Hoàng Văn Hỏa",
    "Trương Thị Oanh",
    "Lý Thị Ơn",
    "Ngô Thị Út",
    "Ngô Thị Ước",
]
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
any_text = st.text(max_size=60)
names = st.lists(
    st.sampled_from(["Nguyễn", "Văn", "Thị", "Hoà", "Hòa", "Thuỷ", "Thủy", "Đức", "Ước", "Út", "Ân", "An"]),
    min_size=1,
    max_size=5,
).map(" ".join)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_stand_in_the_order_of_a_vietnamese_list(form: Literal["NFC", "NFD"]) -> None:
    written = [unicodedata.normalize(form, name) for name in IN_ORDER]
    shuffled = random.Random(7).sample(written, len(written))  # noqa: S311 - shuffles a test vector
    assert sorted(shuffled, key=sort_key) == written


def test_each_letter_and_then_each_tone_is_a_step_of_the_alphabet() -> None:
    letters = [title_key(letter) for letter in LETTERS]
    assert letters == sorted(letters)
    assert len(set(letters)) == len(LETTERS)
    tones = [title_key("hoa" + tone) for tone in TONES]
    assert tones == sorted(tones)
    assert len(set(tones)) == len(TONES)


def test_a_tone_never_outweighs_a_letter() -> None:
    assert title_key("hoạ") < title_key("hoan")
    assert title_key("ạn") < title_key("ăn")


@pytest.mark.parametrize(
    ("one", "other"), [("Hòa", "Hoà"), ("Thủy", "Thuỷ"), ("Ðức", "Đức"), ("Nguyễn  An", "Nguyễn An")]
)
def test_two_spellings_of_a_name_are_one(one: str, other: str) -> None:
    assert sort_key(one) == sort_key(other)
    assert search_key(one) == search_key(other)


def test_numbers_in_titles_count_by_value() -> None:
    titles = ["Chi bộ thôn 2", "Chi bộ thôn 10", "Chi bộ thôn Giang Cao"]
    assert title_key(titles[0]) < title_key(titles[1]) < title_key(titles[2])


def test_search_key_drops_marks_and_case() -> None:
    assert search_key("  NGUYỄN Văn  Đức ") == "nguyen van duc"


def test_abbreviated_keeps_initials() -> None:
    assert abbreviated("Nguyễn Văn An") == "N.V.A"
    assert abbreviated("đặng thị ước") == "Đ.T.Ư"
    assert abbreviated("") == ""


def test_tidy_drops_what_cannot_be_seen() -> None:
    assert tidy("\u200b Trần\u00a0Thị\tÁnh \u202e\n") == "Trần Thị Ánh"


@given(any_text)
def test_keys_are_plain_whatever_comes_in(text: str) -> None:
    for key in (sort_key(text), title_key(text)):
        assert len(key) <= 400
        assert set(key) <= set("0123456789abcdefghijklmnopqrstuvwxyz")


@given(any_text)
def test_normal_forms_are_stable(text: str) -> None:
    assert nfc(nfc(text)) == nfc(text)
    assert tidy(tidy(text)) == tidy(text)
    assert search_key(search_key(text)) == search_key(text)
    assert len(search_key(text)) <= len(tidy(text))


@given(names)
def test_keys_do_not_depend_on_the_unicode_form(name: str) -> None:
    decomposed = unicodedata.normalize("NFD", name)
    assert sort_key(decomposed) == sort_key(name)
    assert search_key(decomposed) == search_key(name)
    assert abbreviated(decomposed) == abbreviated(name)


@given(names, names)
def test_equal_sort_keys_mean_equal_search_keys(one: str, other: str) -> None:
    if sort_key(one) == sort_key(other):
        assert search_key(one) == search_key(other)
