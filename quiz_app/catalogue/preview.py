"""A set of the bank's files as staff read it before it is published; keys are in it only where asked for."""

from __future__ import annotations

from dataclasses import dataclass

from question_bank import model as bank_model
from question_bank.markup import render, render_phrase
from quiz_app.rules.drawing import letter


@dataclass(frozen=True, slots=True)
class PreviewOption:
    """`is_key` is None where keys are not shown."""

    letter: str
    text_html: str
    is_key: bool | None


@dataclass(frozen=True, slots=True)
class PreviewItem:
    """`rationale_html` is None where keys are not shown: it tells them."""

    code: str
    topic: str
    level: int
    is_multiple: bool
    stem_html: str
    options: tuple[PreviewOption, ...]
    rationale_html: str | None
    document: str
    section: str
    heading: str


def preview(bank: bank_model.Bank, item_set: bank_model.ItemSet, *, with_keys: bool) -> list[PreviewItem]:
    """The items of a set in the order of its file."""
    topics = {topic.code: topic.title for topic in bank.topics}
    return [_item(bank, topics, item, with_keys=with_keys) for item in item_set.items]


def _item(bank: bank_model.Bank, topics: dict[str, str], item: bank_model.Item, *, with_keys: bool) -> PreviewItem:
    document = bank.document(item.source.document)
    section = document.section(item.source.section) if document else None
    return PreviewItem(
        code=item.id,
        topic=topics.get(item.topic, item.topic),
        level=item.level,
        is_multiple=item.kind is bank_model.Kind.MULTIPLE,
        stem_html=render_phrase(item.stem),
        options=tuple(
            PreviewOption(letter(index), render_phrase(option.text), option.is_key if with_keys else None)
            for index, option in enumerate(item.options)
        ),
        rationale_html=render(item.rationale) if with_keys else None,
        document=item.source.document,
        section=item.source.section,
        heading=section.heading if section else str(item.source),
    )
