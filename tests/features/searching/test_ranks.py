"""Words, their marks and the order of what is found, on both engines."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from quiz_app.kernel import fulltext
from quiz_app.kernel.db import Database, bounded
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.fulltext import SearchEntry, Wording
from quiz_app.kernel.text import search_key, searchable_words
from tests.support.works import Work

VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
WORDS = st.text(VIETNAMESE, min_size=1, max_size=7)
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


def titles(session: Session, query: str) -> list[str]:
    hits, order = fulltext.matching(session, fulltext.query_words(query))
    statement = select(SearchEntry.title).join(hits, hits.c.id == SearchEntry.id).order_by(*order)
    return list(session.scalars(statement))


def fill(session: Session, *texts: str) -> None:
    session.execute(delete(SearchEntry))
    fulltext.write(session, "lesson", {number: Wording(text, "") for number, text in enumerate(texts, start=1)})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Hà", ["Hà", "Ha", "Hạ"]),
        ("HÀ", ["Hà", "Ha", "Hạ"]),
        ("hạ", ["Hạ", "Ha", "Hà"]),
        ("nội", ["nội", "noi", "nối"]),
    ],
)
def test_as_written_before_without_marks_before_other_marks(work: Work, query: str, expected: list[str]) -> None:
    with work() as w:
        fill(w.session, *sorted(expected, reverse=True), "khác")
        assert titles(w.session, query) == expected
        fill(w.session, *sorted(expected), "khác")
        assert titles(w.session, query) == expected


def test_without_marks_all_are_found(work: Work) -> None:
    with work() as w:
        fill(w.session, "Hạ", "Hà", "Ha", "Hai")
        assert titles(w.session, "ha")[0] == "Ha"
        assert set(titles(w.session, "ha")) == {"Hạ", "Hà", "Ha"}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("dang", "Đảng"),
        ("đang", "Dạng"),
        ("Hoà", "Hòa"),
        ("Hòa", "Hoà"),
        (unicodedata.normalize("NFD", "Nghị quyết"), "Nghị quyết"),
        ("Nghị quyết", unicodedata.normalize("NFD", "Nghị quyết")),
        ("22-KH/TU", "Kế hoạch số 22-KH/TU"),
        ("kh tu", "Kế hoạch số 22-KH/TU"),
        ("5 vấn đề", "05 vấn đề dân sinh"),
    ],
)
def test_spellings_that_are_one(work: Work, query: str, text: str) -> None:
    with work() as w:
        fill(w.session, text, "điều khác")
        assert titles(w.session, query) == [text if text.isascii() else unicodedata.normalize("NFC", text)]


def test_equal_spellings_rank_as_exact(work: Work) -> None:
    with work() as w:
        fill(w.session, "Hoa", "Hoá", "Hoà")
        assert titles(w.session, "Hòa") == ["Hoà", "Hoa", "Hoá"]
        assert titles(w.session, unicodedata.normalize("NFD", "Hòa")) == ["Hoà", "Hoa", "Hoá"]


def test_together_before_scattered_and_all_words_are_asked_for(work: Work) -> None:
    with work() as w:
        fill(w.session, "nội dung ở hà đông và nơi khác", "thành phố Hà Nội", "hà", "nội", "ha noi")
        assert titles(w.session, "hà nội") == ["thành phố Hà Nội", "nội dung ở hà đông và nơi khác", "ha noi"]


def test_a_title_weighs_more_than_a_body(work: Work) -> None:
    with work() as w:
        session = w.session
        fulltext.write(session, "lesson", {1: Wording("khác", "sáu rõ"), 2: Wording("sáu rõ", "khác")})
        assert titles(session, "sáu rõ") == ["sáu rõ", "khác"]


@pytest.mark.parametrize(
    "query",
    ['"', "'", '"hà', "hà AND", "OR", "NOT hà", "NEAR(hà nội)", "hà*", "marked:hà", "hà:*", "hà & !nội | (", "-hà",
     "{folded_title}: hà", "%", "_", "\\", "hà; DROP TABLE search_entry", "\0hà", "🌱 hà", "<b>hà</b>", "hà " * 500,
     "h" * 5000, "9" * 5000, "à̀̀̀", "١٢ hà"],
)  # fmt: skip
def test_nothing_that_is_typed_is_an_operator(work: Work, query: str) -> None:
    with work() as w:
        fill(w.session, "Hà Nội", "and or not near hà b drop table search entry marked folded title")
        words = fulltext.query_words(query)
        assert len(words) <= fulltext.MOST_WORDS
        if words:
            titles(w.session, query)
        assert w.session.query(SearchEntry).count() == 2


def test_rewriting_and_removing_keeps_the_index_in_step(work: Work) -> None:
    with work() as w:
        fill(w.session, "một", "hai", "ba")
        fulltext.write(w.session, "lesson", {1: Wording("bốn", "")}, gone=[2])
        assert [titles(w.session, one) for one in ("một", "hai", "ba", "bốn")] == [[], [], ["ba"], ["bốn"]]
        w.session.query(SearchEntry).filter_by(subject_id=3).update({"folded_title": "nam"})
        assert titles(w.session, "năm") == ["ba"]
        assert titles(w.session, "ba") == []


@given(TEXTS)
def test_folding_knows_one_spelling(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert [(w.folded, w.marked) for w in searchable_words(text)] == [
        (w.folded, w.marked) for w in searchable_words(decomposed.upper())
    ]
    assert [word.folded for word in searchable_words(text)] == search_key(text).split()
    for word in searchable_words(text):
        assert text[word.start : word.end].lower() in text.lower()
        assert (word.marked == word.bare) == (search_key(text[word.start : word.end]) == text[word.start : word.end])


@given(st.text(max_size=60))
def test_any_text_becomes_plain_words(text: str) -> None:
    for word in searchable_words(text):
        for form in (word.folded, word.marked, word.bare):
            assert form
            assert form.isascii()
            assert form.isalnum()
            assert form == form.lower()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=1, max_size=6, unique=True), query=TEXTS)
def test_ranks_are_the_same_rule_on_both_engines(work: Work, texts: list[str], query: str) -> None:
    asked = fulltext.query_words(query)
    with work() as w:
        fill(w.session, *texts, query, search_key(query))
        found = titles(w.session, query)
    levels = [_level(one, query) for one in found]
    assert levels == sorted(levels)
    folds = {word.folded for word in asked}
    expected = {one for one in [*texts, query, search_key(query)] if folds <= set(search_key(one).split())}
    assert set(found) == expected


def _level(text: str, query: str) -> int:
    written = {word.marked for word in searchable_words(text)}
    asked = fulltext.query_words(query)
    if all(word.marked in written for word in asked):
        return 0
    return 1 if all(word.marked in written or word.bare in written for word in asked) else 2


def test_a_search_that_takes_too_long_is_ended(db: Database) -> None:
    said = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(Overloaded), db.reading() as session, bounded(session, 0.2):
        session.connection().exec_driver_sql(said)
    with db.reading() as session, bounded(session, 1):
        assert session.connection().exec_driver_sql("SELECT 1").scalar() == 1
