"""Aiken: a stem on one line, options "A. …", a line "ANSWER: B". It holds nothing else.

Nothing but stem, options and one single key survives: no ids, topic, level, rationale or source, no line breaks, no
images; items of several keys are left out by `write` and named by `left_out`. What authors add to it is understood:
stems of several lines, small letters, "ANSWER: A, C".
"""

from __future__ import annotations

import re

from question_bank import normalise
from question_bank.formats.draft import Draft
from question_bank.formats.limits import MAX_QUESTIONS
from question_bank.model import Item, ItemSet
from question_bank.parsed import Collected, Parsed, Problem

HOLDS = frozenset[str]()

_OPTION = re.compile(r"\s*([A-Za-z])[.)]\s+(.*)")
_ANSWER = re.compile(r"\s*(?:ANSWER|ĐÁP ÁN|Đáp án)\s*[:：]\s*(.*)", re.IGNORECASE)


def read(name: str, text: str) -> Parsed:
    """The questions of a file. A block ends with its line ANSWER; what has none is an error with its line."""
    collected = Collected(name)
    draft: Draft | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if draft is None:
            if collected.blocks >= MAX_QUESTIONS:
                message = f"Tệp có hơn {MAX_QUESTIONS} câu; phần còn lại không được đọc. Xin chia thành nhiều tệp."
                collected.fail(collected.place(line=number), Problem(collected.place(line=number), message))
                return collected.parsed()
            draft = Draft(collected.place(line=number), how_to_mark="xin thêm dòng “ANSWER: B” ngay sau các phương án")
        if _take_line(draft, line):
            draft.finish(collected)
            draft = None
    if draft is not None:
        draft.finish(collected)
    return collected.parsed()


def write(item_set: ItemSet) -> bytes:
    """The items that Aiken can hold."""
    blocks = [_block(item) for item in item_set.items if _fits(item)]
    return ("\n\n".join(blocks) + "\n").encode("utf-8")


def left_out(item_set: ItemSet) -> list[str]:
    """The ids of items that `write` leaves out, having more than one key."""
    return [item.id for item in item_set.items if not _fits(item)]


def _fits(item: Item) -> bool:
    return len(item.keys) == 1 and len(item.options) <= 26


def _take_line(draft: Draft, line: str) -> bool:
    answer = _ANSWER.fullmatch(line)
    if answer and draft.options:
        draft.say("key", answer[1])
        if not answer[1].strip():
            draft.wrong("Dòng ANSWER chưa ghi chữ cái của đáp án.")
        return True
    option = _OPTION.fullmatch(line)
    if option and draft.stem and ord(option[1].upper()) - ord("A") == len(draft.options):
        draft.options.append(option[2])
    elif draft.options and option:
        draft.wrong("Chữ cái của phương án không theo thứ tự A, B, C…", line.strip())
    elif draft.options:
        draft.wrong("Dòng này không phải là phương án cũng không phải là ANSWER; xin xem lại.", line.strip())
    else:
        draft.stem += ("\n" if draft.stem else "") + line
    return False


def _block(item: Item) -> str:
    lines = [normalise.line(item.stem)]
    lines += [f"{chr(ord('A') + index)}. {normalise.line(option.text)}" for index, option in enumerate(item.options)]
    key = next(index for index, option in enumerate(item.options) if option.is_key)
    return "\n".join([*lines, f"ANSWER: {chr(ord('A') + key)}"])
