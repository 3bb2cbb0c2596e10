"""Near repetition: the quick search finds exactly what comparing everything with everything finds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.similarity import NEAR_PERCENT, bare, earlier_twins, same_spelling

WORDS = [*"abcdefghijklmnopqrstuvwxyz", "20", "22"]
COMMON = frozenset(WORDS[:20])


@st.composite
def texts(draw: st.DrawFn) -> list[str]:
    """Texts that differ in a few words, so that many pairs lie around the border."""
    found = []
    for _ in range(draw(st.integers(2, 12))):
        changed = draw(st.sets(st.sampled_from(WORDS), max_size=5))
        found.append(" ".join(sorted(COMMON ^ changed)))
    return found


def twins_by_comparing_all(stems: list[str]) -> dict[int, tuple[int, bool]]:
    twins: dict[int, tuple[int, bool]] = {}
    for index, stem in enumerate(stems):
        exact = [earlier for earlier in range(index) if stems[earlier] == stem]
        near = [
            earlier
            for earlier in range(index)
            if stems.index(stems[earlier]) == earlier and near_by(stem, stems[earlier])
        ]
        if exact:
            twins[index] = (exact[0], True)
        elif near:
            twins[index] = (near[0], False)
    return twins


def near_by(one: str, other: str) -> bool:
    first, second = set(one.split()), set(other.split())
    if {word for word in first if word.isdigit()} != {word for word in second if word.isdigit()}:
        return False
    return 100 * len(first & second) >= NEAR_PERCENT * len(first | second)


@given(texts())
def test_the_quick_search_misses_nothing_and_adds_nothing(stems: list[str]) -> None:
    assert earlier_twins(stems) == twins_by_comparing_all(stems)


def test_the_border_itself_counts_as_near() -> None:
    twenty = [f"{letter}x" for letter in WORDS[:20]]
    assert earlier_twins([" ".join(twenty), " ".join(twenty[:17])]) == {1: (0, False)}
    assert earlier_twins([" ".join(twenty), " ".join(twenty[:16])]) == {}


def test_empty_texts_are_no_twins() -> None:
    assert earlier_twins(["", "", "a"]) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đảng bộ, Thủ đô!", "dang bo thu do"),
        (unicodedata.normalize("NFD", "ĐƯỜNG Ướt"), "duong uot"),
        ("20-KH/TU", "20 kh tu"),
        ("…", ""),
    ],
)
def test_bare_words(text: str, expected: str) -> None:
    assert bare(text) == expected


@pytest.mark.parametrize(("one", "other"), [("hòa", "hoà"), ("Thủy", "thuỷ"), ("quý", "QUÝ."), ("đến  nơi", "Đến nơi")])
def test_spellings_of_one_word(one: str, other: str) -> None:
    assert same_spelling(one) == same_spelling(other)
    assert same_spelling(one) == same_spelling(unicodedata.normalize("NFD", other))


@pytest.mark.parametrize(("one", "other"), [("dân", "dần"), ("ma", "má"), ("do", "đo"), ("hoa", "hòa"), ("tư", "tu")])
def test_spellings_of_two_words(one: str, other: str) -> None:
    assert same_spelling(one) != same_spelling(other)
