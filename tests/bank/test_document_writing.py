"""Documents as plain values and outlines as texts: read back as they were; what is to be mended is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.document_checks import CODES, check_documents
from question_bank.document_writing import document_from_plain, document_to_plain, outline_of, sections_of
from question_bank.identity import document_hash
from question_bank.model import DocumentSection
from tests.support.sitting import shipped_bank

PLAN = shipped_bank().documents[0]
FULL = replace(
    PLAN, effective_on=date(2026, 1, 1), expired_on=date(2027, 1, 1), replaces=("cu",), amends=("kia",), slug="moi"
)
HEADINGS = st.text("abcĐđạ#.{} ", min_size=1, max_size=20).map(lambda text: f"x {text}".strip() + ".")
TEXTS = st.lists(st.text("ab# \\", max_size=12), max_size=4).map(lambda lines: "\n".join(lines).strip())


def test_shipped_documents_are_read_back() -> None:
    for document in (PLAN, FULL):
        assert document_from_plain(document_to_plain(document)) == document
        assert sections_of(outline_of(document.sections)) == document.sections


@given(st.lists(st.tuples(HEADINGS, st.integers(1, 4), TEXTS), max_size=5))
def test_any_outline_is_read_back(rows: list[tuple[str, int, str]]) -> None:
    sections = tuple(
        DocumentSection(f"muc-{number}", heading, depth, text)
        for number, (heading, depth, text) in enumerate(rows, start=1)
    )
    assert sections_of(outline_of(sections)) == sections


def test_anchors_are_made_where_none_is_written() -> None:
    written = "Lời dẫn.\n# I. Đổi mới\n## 1. Mục tiêu {#muc-tieu}\nChữ.\n\nChữ nữa.\n## 1. Mục tiêu\n## !!!"
    assert [(one.anchor, one.heading, one.depth, one.abstract) for one in sections_of(written)] == [
        ("muc", "", 1, "Lời dẫn."),
        ("i-doi-moi", "I. Đổi mới", 1, ""),
        ("muc-tieu", "1. Mục tiêu", 2, "Chữ.\n\nChữ nữa."),
        ("1-muc-tieu", "1. Mục tiêu", 2, ""),
        ("muc-2", "!!!", 2, ""),
    ]
    assert sections_of("") == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": " "}, "DOCUMENT_EMPTY"),
        ({"sections": ()}, "SECTION_NONE"),
        ({"sections": (DocumentSection("a", "", 1, ""),)}, "SECTION_EMPTY"),
        ({"sections": (DocumentSection("Ấ b", "x", 1, ""),)}, "ANCHOR_BAD"),
        ({"replaces": (PLAN.slug,)}, "RELATION_UNKNOWN"),
        ({"amends": ("khong-co",)}, "RELATION_UNKNOWN"),
        ({"effective_on": date(2026, 1, 1), "expired_on": date(2026, 1, 1)}, "VALIDITY_ORDER"),
    ],
)
def test_what_is_to_be_mended(changes: dict[str, object], code: str) -> None:
    assert list(check_documents([PLAN])) == []
    assert code in CODES
    assert [one.code for one in check_documents([replace(PLAN, **changes)])] == [code]  # type: ignore[arg-type] # names are checked by replace


def test_the_hash_tells_every_change() -> None:
    changes: list[dict[str, object]] = [
        {"effective_on": date(2026, 1, 1)}, {"expired_on": date(2026, 1, 1)}, {"replaces": ("a",)}, {"amends": ("a",)}
    ]  # fmt: skip
    hashes = {document_hash(PLAN), *(document_hash(replace(PLAN, **one)) for one in changes)}  # type: ignore[arg-type] # names are checked by replace
    assert len(hashes) == 5
