"""Wordings that mislead: options that only make sense in the last place, stems that deny twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_THINGS = r"(?:ý|ý kiến|phương án|đáp án|câu|câu trả lời|nội dung|lựa chọn|trường hợp|nhận định|khẳng định|điều|mục)"
_ABOVE = r"(?:trên|nêu trên|ở trên|kể trên|vừa nêu|trước|đã nêu|đều đúng|đều sai|nói trên)"
_LETTERS = r"[a-h](?: (?:và )?[a-h])+"
_ABOUT_THE_OTHERS = re.compile(
    rf"(?:tất cả|toàn bộ) (?:(?:các|những) )?(?:{_THINGS} )?(?:{_ABOVE}|này)"
    rf"|(?:tất cả|toàn bộ|mọi) (?:(?:các|những) )?{_THINGS}(?: (?:{_ABOVE}|đúng|sai))?"
    rf"|cả (?:\d+|hai|ba|bốn|năm|sáu)(?: {_THINGS})?(?: (?:{_ABOVE}|này|{_LETTERS}))?"
    rf"|(?:cả )?{_LETTERS}"
    r"|cả [1-8](?: (?:và )?[1-8])+"
    rf"|(?:các|những) {_THINGS} {_ABOVE}"
    rf"|không (?:có )?{_THINGS} nào(?: (?:{_ABOVE}|đúng|sai))?"
)
_DENIAL = re.compile(r"\b(?:không|chưa|chẳng|ngoại trừ|trừ)\b")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_ASKING_WORD = re.compile(r"\b(?:hay )?(?:không|chưa)\W*$")  # "… có đúng không?" denies nothing


def speaks_of_the_others(text: str) -> bool:
    """Whether an option means those above it: "Cả ba ý trên", "Cả A và B đều đúng", "Không có đáp án nào"."""
    words = " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold()))
    bare = re.sub(r" (?:là |đều )?(?:đúng|sai)$", "", words)
    return any(_ABOUT_THE_OTHERS.fullmatch(one) for one in (words, bare))


def denies_twice(stem: str, options: Iterable[str] = ()) -> bool:
    """Whether the sentence that asks denies twice, or denies once while an option opens with a denial.

    "Điều nào không phải là việc không được làm?" What stands in quotation marks is somebody's words and does not count.
    """
    asking = re.split(r"(?<=[.!?:])\s+", _QUOTED.sub(" ", unicodedata.normalize("NFC", stem).casefold()).strip())[-1]
    denials = len(_DENIAL.findall(_ASKING_WORD.sub("", asking)))
    if denials != 1:
        return denials > 1
    return any(_DENIAL.match(unicodedata.normalize("NFC", option).casefold().strip()) for option in options)
