"""Items and sets as plain values (for JSON) and as the TOML of the bank, both readable back without loss."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from question_bank.model import Cell, Item, ItemSet, Kind, Option, Source, Use

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def item_to_plain(item: Item) -> dict[str, Any]:
    """The item as JSON can hold it; where it was written is left out."""
    source = item.source
    return {
        "id": item.id,
        "kind": item.kind.value,
        "topic": item.topic,
        "level": item.level,
        "stem": item.stem,
        "options": [
            {"id": option.id, "text": option.text, "key": option.is_key, "pinned": option.is_pinned}
            for option in item.options
        ],
        "rationale": item.rationale,
        "source": {
            "document": source.document,
            "section": source.section,
            "quote": source.quote,
            "valid_from": source.valid_from.isoformat() if source.valid_from else None,
            "valid_until": source.valid_until.isoformat() if source.valid_until else None,
        },
        "lesson": item.lesson,
        "points": item.points,
        "note": item.note,
    }


def item_from_plain(plain: Mapping[str, Any]) -> Item:
    """The item that `item_to_plain` wrote. Raises KeyError or ValueError for anything else."""
    source = plain["source"]
    return Item(
        id=plain["id"],
        kind=Kind(plain["kind"]),
        topic=plain["topic"],
        level=int(plain["level"]),
        stem=plain["stem"],
        options=tuple(
            Option(option["id"], option["text"], bool(option["key"]), bool(option["pinned"]))
            for option in plain["options"]
        ),
        rationale=plain["rationale"],
        source=Source(
            source["document"],
            source["section"],
            source["quote"],
            date.fromisoformat(source["valid_from"]) if source["valid_from"] else None,
            date.fromisoformat(source["valid_until"]) if source["valid_until"] else None,
        ),
        lesson=plain["lesson"],
        points=plain["points"],
        note=plain["note"],
    )


def set_to_plain(item_set: ItemSet) -> dict[str, Any]:
    """The set as JSON can hold it."""
    return {
        "slug": item_set.slug,
        "title": item_set.title,
        "use": item_set.use.value,
        "summary": item_set.summary,
        "blueprint": [[cell.topic, cell.level, cell.count] for cell in item_set.blueprint],
        "items": [item_to_plain(item) for item in item_set.items],
    }


def set_from_plain(plain: Mapping[str, Any]) -> ItemSet:
    """The set that `set_to_plain` wrote. Raises KeyError or ValueError for anything else."""
    return ItemSet(
        slug=plain["slug"],
        title=plain["title"],
        use=Use(plain["use"]),
        items=tuple(item_from_plain(item) for item in plain["items"]),
        summary=plain["summary"],
        blueprint=tuple(Cell(topic, level, count) for topic, level, count in plain["blueprint"]),
    )


def set_to_toml(item_set: ItemSet) -> str:
    """The set in the layout of the bank's files. The same set gives the same text, so versions can be compared."""
    head = [f"title = {_quoted(item_set.title)}", f"use = {_quoted(item_set.use.value)}"]
    if item_set.summary:
        head.append(f"summary = {_quoted(item_set.summary)}")
    tables = [
        f"[[blueprint]]\ntopic = {_quoted(cell.topic)}\nlevel = {cell.level}\ncount = {cell.count}"
        for cell in item_set.blueprint
    ]
    tables += [_item_toml(item) for item in item_set.items]
    return "\n\n".join(["\n".join(head), *tables]) + "\n"


def _item_toml(item: Item) -> str:
    lines = [
        "[[items]]",
        f"id = {_quoted(item.id)}",
        f"kind = {_quoted(item.kind.value)}",
        f"topic = {_quoted(item.topic)}",
        f"level = {item.level}",
    ]
    if item.lesson:
        lines.append(f"lesson = {_quoted(item.lesson)}")
    if item.points is not None:
        lines.append(f"points = {item.points}")
    lines += [f"stem = {_quoted(item.stem)}", "options = ["]
    lines += [f"    {_option_toml(option)}," for option in item.options]
    lines += ["]", f"rationale = {_quoted(item.rationale)}", f"source = {_source_toml(item.source)}"]
    if item.note:
        lines.append(f"note = {_quoted(item.note)}")
    return "\n".join(lines)


def _option_toml(option: Option) -> str:
    flags = [f"{name} = true" for name, is_set in (("key", option.is_key), ("pinned", option.is_pinned)) if is_set]
    return "{ " + ", ".join([f"id = {_quoted(option.id)}", f"text = {_quoted(option.text)}", *flags]) + " }"


def _source_toml(source: Source) -> str:
    fields = {"document": source.document, "section": source.section, "quote": source.quote}
    written = [f"{name} = {_quoted(value)}" for name, value in fields.items() if value]
    days = {"valid_from": source.valid_from, "valid_until": source.valid_until}
    written += [f"{name} = {day.isoformat()}" for name, day in days.items() if day]
    return "{ " + ", ".join(written) + " }" if written else "{}"


def _quoted(text: str) -> str:
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\u{ord(character):04x}" if ord(character) < 0x20 or ord(character) == 0x7F else character
