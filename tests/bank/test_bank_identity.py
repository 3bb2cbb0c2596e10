"""The hash of an item stays while its text stays, and changes with any part of it."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.identity import content_hash, document_hash, lesson_hash, set_hash
from question_bank.model import Item, ItemSet, Kind, Option, Place, Source, Use
from question_bank.reading import read_bank

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=30)


@st.composite
def items(draw: st.DrawFn) -> Item:
    ids = draw(st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=6, unique=True))
    options = tuple(Option(option_id, draw(TEXT), draw(st.booleans()), draw(st.booleans())) for option_id in ids)
    return Item(
        id=draw(st.sampled_from(["x-1", "x-2"])),
        kind=draw(st.sampled_from(list(Kind))),
        topic="II.1.1",
        level=draw(st.integers(1, 3)),
        stem=draw(TEXT),
        options=options,
        rationale=draw(TEXT),
        source=Source(draw(TEXT), draw(TEXT)),
    )


@given(items(), st.randoms())
def test_the_order_of_options_does_not_matter(item: Item, shuffle: random.Random) -> None:
    options = list(item.options)
    shuffle.shuffle(options)
    assert content_hash(replace(item, options=tuple(options))) == content_hash(item)


@given(items())
def test_composed_and_decomposed_marks_are_the_same_text(item: Item) -> None:
    def decomposed(text: str) -> str:
        return unicodedata.normalize("NFD", text)

    twin = replace(
        item,
        stem=decomposed(item.stem),
        rationale=decomposed(item.rationale),
        options=tuple(replace(option, text=decomposed(option.text)) for option in item.options),
    )
    assert content_hash(twin) == content_hash(item)


@given(items(), TEXT, st.integers(0, 5), st.sampled_from(["stem", "rationale", "document", "section", "option"]))
def test_any_change_of_text_changes_the_hash(item: Item, added: str, place: int, part: str) -> None:
    def longer(text: str) -> str:
        return text + added

    position = place % len(item.options)
    option = item.options[position]
    changed = {
        "stem": replace(item, stem=longer(item.stem)),
        "rationale": replace(item, rationale=longer(item.rationale)),
        "document": replace(item, source=replace(item.source, document=longer(item.source.document))),
        "section": replace(item, source=replace(item.source, section=longer(item.source.section))),
        "option": with_option(item, position, replace(option, text=longer(option.text))),
    }[part]
    assert content_hash(changed) != content_hash(item)


@given(items(), st.integers(0, 5))
def test_another_key_id_or_kind_changes_the_hash(item: Item, place: int) -> None:
    position = place % len(item.options)
    option = item.options[position]
    other_kind = Kind.SINGLE if item.kind is Kind.MULTIPLE else Kind.MULTIPLE
    for changed in (
        with_option(item, position, replace(option, is_key=not option.is_key)),
        with_option(item, position, replace(option, is_pinned=not option.is_pinned)),
        with_option(item, position, replace(option, id="z")),
        replace(item, options=item.options[1:]),
        replace(item, kind=other_kind),
    ):
        assert content_hash(changed) != content_hash(item)


@given(items(), TEXT, TEXT)
def test_text_moved_from_one_part_to_the_next_changes_the_hash(item: Item, head: str, tail: str) -> None:
    together = replace(item, stem=head + tail, rationale="r")
    apart = replace(item, stem=head, rationale=tail + "r")
    assert content_hash(together) != content_hash(apart)


@given(items())
def test_filing_an_item_elsewhere_keeps_its_hash_but_not_the_set_s(item: Item) -> None:
    moved = replace(item, topic="II.1.2", level=item.level % 3 + 1, points=5, place=Place("khac.toml", 7))
    assert content_hash(moved) == content_hash(item)
    assert set_hash(set_of(moved)) != set_hash(set_of(item))


def test_the_hash_of_a_set_counts_items_not_their_order_or_its_title() -> None:
    shipped = read_bank().item_set("hanoi-18-minh-hoa")
    assert shipped is not None
    kept = set_hash(shipped)
    assert set_hash(replace(shipped, items=shipped.items[::-1], title="Khác", summary="Khác")) == kept
    assert set_hash(replace(shipped, items=shipped.items[1:])) != kept
    assert set_hash(replace(shipped, use=Use.PRACTICE)) != kept
    renamed = (replace(shipped.items[0], id="bt-9999"), *shipped.items[1:])
    assert set_hash(replace(shipped, items=renamed)) != kept


def test_the_hash_never_changes_between_releases() -> None:
    options = (Option("a", "Ba"), Option("b", "Năm", is_key=True))
    item = Item("x-1", Kind.SINGLE, "II.1.5", 1, "Có mấy?", options, "Có năm.", Source("vb", "ii"))
    assert content_hash(item) == "cfc6b4f74392b15c74b7d9894917821968abfd63fc6759c2dcef95ba00770219"


@pytest.mark.parametrize("field", ["title", "body"])
def test_the_hash_of_a_lesson_follows_its_text(field: str) -> None:
    lesson = read_bank().modules[0].lessons[0]
    assert lesson_hash(replace(lesson, place=Place("khac.toml", 7))) == lesson_hash(lesson)
    changed = replace(lesson, title="Khác") if field == "title" else replace(lesson, body=lesson.body + "Khác")
    assert lesson_hash(changed) != lesson_hash(lesson)


def test_the_hash_of_a_document_follows_its_outline() -> None:
    document = read_bank().documents[0]
    section = replace(document.sections[0], abstract="Khác")
    assert document_hash(replace(document, sections=(section, *document.sections[1:]))) != document_hash(document)
    assert document_hash(replace(document, number="01-KH/ĐU")) != document_hash(document)


def with_option(item: Item, position: int, option: Option) -> Item:
    return replace(item, options=(*item.options[:position], option, *item.options[position + 1 :]))


def set_of(item: Item) -> ItemSet:
    return ItemSet("thu", "Bộ thử", Use.CONTEST, (item,))
