"""What differs between two versions of an item, part by part, in words for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from question_bank import normalise
from question_bank.model import Item, Kind, Option

PART_LABELS = {
    "kind": "Loại câu",
    "topic": "Chuyên đề",
    "level": "Mức",
    "stem": "Câu dẫn",
    "options": "Thứ tự phương án",
    "key": "Đáp án",
    "rationale": "Giải thích",
    "source": "Nguồn",
    "quote": "Trích dẫn",
    "validity": "Hiệu lực của nguồn",
    "lesson": "Bài học",
    "points": "Điểm",
    "note": "Ghi chú",
}
KIND_LABELS = {Kind.SINGLE: "Một đáp án", Kind.MULTIPLE: "Nhiều đáp án", Kind.TRUE_FALSE: "Đúng – sai"}


@dataclass(frozen=True, slots=True)
class Change:
    """One part before and after. `part` is one of `PART_LABELS`, option:<id> or pinned:<id>."""

    part: str
    before: str
    after: str

    @property
    def label(self) -> str:
        """The part's name on a screen."""
        name, _, option_id = self.part.partition(":")
        if name == "option":
            return f"Phương án {option_id}"
        return f"Giữ phương án {option_id} ở cuối" if name == "pinned" else PART_LABELS[name]


def changes_between(before: Item, after: Item) -> tuple[Change, ...]:
    """Everything that differs; empty where both say the same. How letters are composed does not count."""
    one, other = normalise.item(before), normalise.item(after)
    texts_before, texts_after = _texts(one), _texts(other)
    parts = [*texts_before, *(part for part in texts_after if part not in texts_before)]
    found = [Change(part, texts_before.get(part, ""), texts_after.get(part, "")) for part in parts]
    return tuple(change for change in found if change.before != change.after)


def told_between(before: Item, after: Item) -> tuple[Change, ...]:
    """The same for who reads it on a page: the key and the order by the words of the options, whose letters there
    follow their places and not their ids."""
    spelt = {
        "key": (_words(before.keys), _words(after.keys)),
        "options": (_words(before.options), _words(after.options)),
    }
    changes = changes_between(before, after)
    return tuple(
        replace(one, before=spelt[one.part][0], after=spelt[one.part][1]) if one.part in spelt else one
        for one in changes
    )


def _words(options: Sequence[Option]) -> str:
    return "; ".join(f"“{option.text}”" for option in options)


def _texts(item: Item) -> dict[str, str]:
    source = item.source
    days = [f"{day:%d/%m/%Y}" if day else "" for day in (source.valid_from, source.valid_until)]
    return {
        "kind": KIND_LABELS[item.kind],
        "topic": item.topic,
        "level": str(item.level),
        "stem": item.stem,
        **{f"option:{option.id}": option.text for option in item.options},
        "key": ", ".join(sorted(option.id for option in item.keys)),
        **{f"pinned:{option.id}": "có" if option.is_pinned else "" for option in item.options},
        "options": " ".join(option.id for option in item.options),
        "rationale": item.rationale,
        "source": str(source) if source.document or source.section else "",
        "quote": source.quote,
        "validity": " – ".join(days) if any(days) else "",
        "lesson": item.lesson or "",
        "points": "" if item.points is None else str(item.points),
        "note": item.note,
    }
