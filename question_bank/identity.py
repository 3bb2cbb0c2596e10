"""Hashes that tell whether a published text is still the same.

Text counts in its canonical form (NFC), so an editor that saves decomposed marks changes nothing. The order of options
in a file counts for nothing either: options are known by their ids.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata

from question_bank.model import Document, Item, ItemSet, Lesson


def content_hash(item: Item) -> str:
    """SHA-256 of what a participant is asked and told: stem, kind, options with ids, key, rationale, source.

    Topic, level and points are not in it: filing an item elsewhere does not change what it asks. Nor is the note.
    """
    options = sorted((option.id, option.text, option.is_key, option.is_pinned) for option in item.options)
    source = [item.source.document, item.source.section]
    if item.source.quote or item.source.valid_from or item.source.valid_until:
        days = (item.source.valid_from, item.source.valid_until)
        source += [item.source.quote, *(day.isoformat() if day else "" for day in days)]
    return _digest(
        {
            "stem": item.stem,
            "kind": item.kind.value,
            "options": [list(option) for option in options],
            "rationale": item.rationale,
            "source": source,
        }
    )


def set_hash(item_set: ItemSet) -> str:
    """SHA-256 of what may be drawn from a set: every item with its id, content, topic, level, points and lesson.

    The order of the items does not count, nor do the set's title and summary.
    """
    rows = sorted(
        [item.id, content_hash(item), item.topic, str(item.level), str(item.points), item.lesson or ""]
        for item in item_set.items
    )
    return _digest({"use": item_set.use.value, "items": rows})


def lesson_hash(lesson: Lesson) -> str:
    """SHA-256 of what a reader of the lesson sees."""
    return _digest(
        {
            "title": lesson.title,
            "minutes": lesson.minutes,
            "sections": list(lesson.sections),
            "body": lesson.body,
        }
    )


def document_hash(document: Document) -> str:
    """SHA-256 of a document's particulars and outline."""
    return _digest(
        {
            "number": document.number,
            "dated_on": document.dated_on.isoformat() if document.dated_on else None,
            "issuer": document.issuer,
            "title": document.title,
            "kind": document.kind,
            "abstract": document.abstract,
            "sections": [
                [section.anchor, section.heading, section.depth, section.abstract] for section in document.sections
            ],
            "effective_on": document.effective_on.isoformat() if document.effective_on else None,
            "expired_on": document.expired_on.isoformat() if document.expired_on else None,
            "replaces": list(document.replaces),
            "amends": list(document.amends),
        }
    )


def _digest(content: dict[str, object]) -> str:
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(unicodedata.normalize("NFC", canonical).encode("utf-8")).hexdigest()
