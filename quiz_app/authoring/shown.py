"""What pages show of drafts: texts as HTML, names in place of codes, counts of a set at a glance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from question_bank import model as bank
from question_bank.differences import KIND_LABELS
from question_bank.markup import render, render_phrase
from quiz_app.authoring import queries
from quiz_app.authoring.models import SetDraft, State
from quiz_app.catalogue import labels as catalogue_labels
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Document, DocumentSection, SetSeal
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member


@dataclass(frozen=True, slots=True)
class ShownOption:
    letter: str
    text_html: str
    is_key: bool
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item with its key, ready for a page of those who may see it."""

    code: str
    kind: str
    is_multiple: bool
    stem_html: str
    options: tuple[ShownOption, ...]
    rationale_html: str
    topic: str
    level: str
    source: catalogue.SourceLink | None
    quote: str
    valid: tuple[Any, Any]
    note: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A set at a glance: items by topic and level as they would be, drafts by state."""

    total: int
    cells: dict[tuple[str, int], int]
    topics: tuple[str, ...]
    states: dict[State, int]


def item(session: Session, one: bank.Item) -> ShownItem:
    """What a page shows of an item, key and rationale included."""
    pair = (one.source.document, one.source.section)
    return ShownItem(
        code=one.id,
        kind=KIND_LABELS[one.kind],
        is_multiple=one.kind is bank.Kind.MULTIPLE,
        stem_html=render_phrase(one.stem),
        options=tuple(
            ShownOption(letter, render_phrase(option.text), option.is_key, option.is_pinned)
            for letter, option in zip("ABCDEFGHIJKLMNOP", one.options, strict=False)
        ),
        rationale_html=render(one.rationale),
        topic=topics(session).get(one.topic, one.topic or "Chưa chọn chuyên đề"),
        level=catalogue_labels.LEVELS.get(one.level, str(one.level)),
        source=catalogue.sources(session, [pair])[pair] if one.source else None,
        quote=one.source.quote,
        valid=(one.source.valid_from, one.source.valid_until),
        note=one.note,
    )


def topics(session: Session) -> dict[str, str]:
    """Titles of the topics by code, in their order."""
    return {topic.code: topic.title for topic in catalogue.topics(session)}


def sources(session: Session) -> list[tuple[str, str]]:
    """Every section of the library that an item may name: "document#anchor" and its heading."""
    rows = session.execute(
        select(Document.slug, DocumentSection.anchor, DocumentSection.heading)
        .join(DocumentSection, DocumentSection.document_id == Document.id)
        .where(DocumentSection.retired_at.is_(None))
        .order_by(Document.title, DocumentSection.position)
    )
    return [(f"{slug}#{anchor}", heading) for slug, anchor, heading in rows]


def overview(r: Reading, set_: SetDraft) -> Overview:
    """Counts of a set as it would be if every draft were published."""
    whole = queries.as_written(r.session, set_)
    cells = Counter((one.topic, one.level) for one in whole.items)
    states = Counter(
        State(standing.draft.state)
        for standing in queries.workspace(r.session, set_).values()
        if standing.draft is not None
    )
    known = [code for code in topics(r.session) if any(topic == code for topic, _ in cells)]
    return Overview(len(whole.items), dict(cells), tuple(known), dict(states))


def seal(r: Reading, found: SetSeal) -> dict[str, Any]:
    """Who sealed a set and who asked for the seal to be broken, by name."""
    ids = {id_ for id_ in (found.sealed_by, found.asked_by) if id_ is not None}
    rows = r.session.execute(select(Member.id, Member.full_name).where(Member.id.in_(ids)))
    names = {member_id: name for member_id, name in rows}  # noqa: C416 - rows are no pairs to the type checker
    return {
        "sealed_by": names.get(found.sealed_by or 0, "hệ thống"),
        "asked_by": names.get(found.asked_by or 0, ""),
    }
