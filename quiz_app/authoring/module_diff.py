"""What differs between two texts of a module, lesson by lesson, so that a person can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

from question_bank.model import Lesson, StudyModule
from quiz_app.units.labels import AUDIENCES

# Beyond, comparing would take seconds; then the old text stands whole before the new one.
MOST_LINES, MOST_WORDS = 2000, 2000
ALIKE = 0.4  # two lines that share less than this are read more easily one after the other
CONTEXT = 1
_WORD = re.compile(r"\S+\s*")

Mark = Literal["same", "gone", "new"]


@dataclass(frozen=True, slots=True)
class Piece:
    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text. "changed": its pieces say what of it; "gap": lines that are equal and left out."""

    kind: Literal["same", "gone", "new", "changed", "gap"]
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldChange:
    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class PartChange:
    """What became of one part of a module. `told` says in a word what happened to it as a whole, where anything did."""

    label: str
    told: str
    fields: tuple[FieldChange, ...]


def compare(before: StudyModule, after: StudyModule) -> tuple[PartChange, ...]:
    """What changed, in the order in which the later text is read; empty where nothing did."""
    own = field_changes(_of_module(before), _of_module(after))
    parts = [PartChange("Thông tin chung", "", own)] if own else []
    old = {lesson.slug: (place, lesson) for place, lesson in enumerate(before.lessons, start=1)}
    kept = {lesson.slug for lesson in after.lessons} & old.keys()
    ranks = {slug: rank for rank, slug in enumerate(one.slug for one in before.lessons if one.slug in kept)}
    rank = 0
    for place, lesson in enumerate(after.lessons, start=1):
        label = f"Bài {place}. {lesson.title}"
        if lesson.slug not in kept:
            parts.append(PartChange(label, "bài mới", field_changes({}, _of_lesson(lesson))))
            continue
        was, earlier = old[lesson.slug]
        told = f"trước là bài {was}" if ranks[lesson.slug] != rank else ""
        rank += 1
        fields = field_changes(_of_lesson(earlier), _of_lesson(lesson))
        if fields or told:
            parts.append(PartChange(label, told, fields))
    gone = [(place, lesson) for place, lesson in old.values() if lesson.slug not in kept]
    return (*parts, *(PartChange(f"Bài {place}. {lesson.title}", "bỏ bài này", ()) for place, lesson in gone))


def lines_between(before: str, after: str) -> tuple[Line, ...]:
    """Two texts line by line, and word by word where a line was only mended. Blank lines tell nothing and are left out.

    Of equal lines only those beside a change are kept.
    """
    old, new = ([line for line in text.splitlines() if line.strip()] for text in (before, after))
    if len(old) + len(new) > MOST_LINES:
        return (*_whole(old, "gone"), *_whole(new, "new"))
    found: list[Line] = []
    steps = SequenceMatcher(None, old, new).get_opcodes()
    for number, (tag, old_from, old_to, new_from, new_to) in enumerate(steps):
        if tag == "equal":
            found += _context(new[new_from:new_to], is_first=number == 0, is_last=number == len(steps) - 1)
        else:
            for gone, fresh in zip_longest(old[old_from:old_to], new[new_from:new_to]):
                found += _line(gone, fresh)
    return tuple(found)


def _of_module(module: StudyModule) -> dict[str, str]:
    return {
        "Tên": module.title,
        "Lời giới thiệu": module.summary,
        "Thứ tự": str(module.position),
        "Chủ đề": module.topic,
        "Nguồn": f"{module.document}, {module.section}",
        "Dành trước hết cho": ", ".join(AUDIENCES.get(code, code) for code in module.audiences) or "mọi người",
        "Ai đọc được": "chỉ người đã đăng nhập" if module.is_restricted else "mọi người",
    }


def _of_lesson(lesson: Lesson) -> dict[str, str]:
    return {
        "Tên bài": lesson.title,
        "Số phút": str(lesson.minutes),
        "Mục của văn bản": "\n".join(lesson.sections),
        "Nội dung": lesson.body,
    }


def field_changes(before: dict[str, str], after: dict[str, str]) -> tuple[FieldChange, ...]:
    """What differs between two texts, each a few named fields."""
    return tuple(
        FieldChange(label, lines_between(before.get(label, ""), text))
        for label, text in after.items()
        if before.get(label, "") != text
    )


def _line(gone: str | None, fresh: str | None) -> Iterator[Line]:
    if gone is not None and fresh is not None:
        pieces = _words_between(gone, fresh)
        if pieces:
            yield Line("changed", pieces)
            return
    if gone is not None:
        yield Line("gone", (Piece("gone", gone),))
    if fresh is not None:
        yield Line("new", (Piece("new", fresh),))


def _words_between(before: str, after: str) -> tuple[Piece, ...]:
    """Word by word; empty where the two have too little in common, or are too long."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) + len(new) > MOST_WORDS:
        return ()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < ALIKE:
        return ()
    pieces: list[Piece] = []
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(new[new_from:new_to])))
            continue
        if old_from < old_to:
            pieces.append(Piece("gone", "".join(old[old_from:old_to])))
        if new_from < new_to:
            pieces.append(Piece("new", "".join(new[new_from:new_to])))
    return tuple(pieces)


def _context(lines: Sequence[str], *, is_first: bool, is_last: bool) -> Iterator[Line]:
    head = 0 if is_first else CONTEXT
    tail = 0 if is_last else CONTEXT
    if len(lines) <= head + tail + 1:
        yield from _whole(lines, "same")
        return
    yield from _whole(lines[:head], "same")
    yield Line("gap")
    yield from _whole(lines[len(lines) - tail :], "same")


def _whole(lines: Sequence[str], mark: Mark) -> Iterator[Line]:
    return (Line(mark, (Piece(mark, line),)) for line in lines)
