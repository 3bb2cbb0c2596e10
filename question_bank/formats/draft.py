"""A question as it comes together while a file is read, until it ends as an item or as an error that tells all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from question_bank import normalise
from question_bank.formats import wordings
from question_bank.formats.limits import MAX_OPTIONS, MAX_TEXT
from question_bank.model import TRUTH_WORDS, Item, Kind, Option, Source
from question_bank.parsed import BlockPlace, Collected, ParsedItem, Problem

_UNSAID = {"topic": "", "level": 1, "rationale": "", "lesson": None, "points": None, "note": ""}
_NEVER_EMPTY = {"topic", "level"}  # an empty cell says nothing of these
_LETTER_AND_TEXT = re.compile(r"([A-Za-z])\s*[.)]\s*(\S.*)", re.DOTALL)
_EXPLAINED = " – "  # a choice from a list is followed by what it means: "II.1.1 – Xây dựng Đảng"
_SOURCE_PARTS = {"source", "section", "quote", "valid_from", "valid_until"}


@dataclass(slots=True)
class Draft:
    """One block being read. `say` takes what people write beside a question; `finish` ends the block."""

    place: BlockPlace
    stem: str = ""
    options: list[str] = field(default_factory=list)
    keys: set[int] = field(default_factory=set)
    kind: Kind | None = None
    said: dict[str, str] = field(default_factory=dict)
    places: dict[str, BlockPlace] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    how_to_mark: str = "xin ghi dòng “Đáp án: …”"

    def wrong(self, message: str, value: str = "", place: BlockPlace | None = None) -> None:
        """Note something to mend; the block will end in error."""
        self.problems.append(Problem(place or self.place, message, value))

    def warn(self, message: str) -> None:
        """Note something that was left out, once; the block may still be taken."""
        warning = Problem(self.place, message)
        if warning not in self.warnings:
            self.warnings.append(warning)

    def say(self, part: str, text: str, place: BlockPlace | None = None) -> None:
        """Take a part by its name of `wordings.NAMES`; said twice, the lines add up."""
        self.said[part] = f"{self.said[part]}\n{text}" if self.said.get(part) else text
        self.places.setdefault(part, place or self.place)

    def finish(self, collected: Collected) -> None:
        """End the block."""
        item = self._item()
        if self.problems:
            collected.fail(self.place, *self.problems)
        else:
            collected.item(ParsedItem(item, self.place, frozenset(self.fields), tuple(self.warnings)))

    def _item(self) -> Item:
        self._check_size()
        self.stem = normalise.text(self.stem)
        if not self.stem:
            self.wrong("Câu hỏi chưa có câu dẫn; xin viết câu dẫn.")
        keys = self.keys | self._named("key", "Đáp án")
        if "pinned" in self.said:
            self.fields.add("pinned")
        pinned = self._named("pinned", "Phần giữ ở cuối")
        texts = [normalise.text(text) for text in self.options]
        self._check_options(texts, keys)
        kind = self._kind(texts, keys)
        ids = self._option_ids(len(texts))
        options = tuple(
            Option(ids[index], text, index in keys, kind is Kind.TRUE_FALSE or index in pinned)
            for index, text in enumerate(texts)
        )
        if kind is Kind.TRUE_FALSE:
            self.fields.add("pinned")
        source, note = self._source()
        item = Item("", kind, "", 1, self.stem, options, "", source, note=note)
        return normalise.item(replace(item, **self._facts(note)))

    def _facts(self, note: str) -> dict[str, Any]:
        facts: dict[str, Any] = {"id": normalise.line(self.said.get("id", ""))}
        for name, empty in _UNSAID.items():
            if name not in self.said or (name in _NEVER_EMPTY and not self.said[name].strip()):
                continue
            self.fields.add(name)
            facts[name] = self.said[name] if self.said[name].strip() else empty
        if facts.get("topic"):
            facts["topic"] = facts["topic"].partition(_EXPLAINED)[0]
        facts["note"] = "\n".join(filter(None, [self.said.get("note", ""), note]))
        if facts.get("level", 1) != 1:
            facts["level"] = self._understood("level", "Mức phải là 1 (nhận biết), 2 (thông hiểu) hoặc 3 (vận dụng).")
        if facts.get("points") is not None:
            facts["points"] = self._points(self.said["points"])
        return facts

    def _understood(self, part: str, message: str) -> int:
        try:
            return wordings.level_of(self.said[part])
        except ValueError:
            self.wrong(message, self.said[part], self.places[part])
            return 1

    def _points(self, text: str) -> int | None:
        number = text.strip().removesuffix(".0")
        if number.isdecimal() and len(number) <= 3 and 1 <= int(number) <= 100:
            return int(number)
        self.wrong("Điểm phải là số nguyên từ 1 đến 100; để trống thì dùng điểm chung.", text, self.places["points"])
        return None

    def _check_size(self) -> None:
        longest = max([self.stem, *self.options, *self.said.values()], key=len)
        if len(longest) > MAX_TEXT:
            self.wrong(f"Đoạn chữ dài hơn {MAX_TEXT} ký tự; xin rút gọn.", longest[:60])
        if len(self.options) > MAX_OPTIONS:
            self.wrong(f"Câu hỏi có {len(self.options)} phương án; nhiều nhất là {MAX_OPTIONS}.")

    def _named(self, part: str, label: str) -> set[int]:
        text = self.said.get(part, "")
        both = _LETTER_AND_TEXT.fullmatch(text.strip())
        place = ord(both[1].upper()) - ord("A") if both else 0
        if both and place < len(self.options) and _says_same(self.options[place], both[2]):
            return {place}
        found = {index for index, option in enumerate(self.options) if _says_same(option, text)}
        if len(text.strip()) > 1 and found:
            return found
        try:
            found = set(wordings.indexes(text))
        except ValueError:
            self.wrong(f"{label} phải là chữ cái của phương án, ví dụ “B” hoặc “A, C”.", text, self.places[part])
            return set()
        beyond = [index for index in found if index >= len(self.options)]
        if beyond and self.options:
            self.wrong(f"{label} chỉ tới phương án không có trong câu; xin sửa lại.", text, self.places[part])
        return found - set(beyond)

    def _check_options(self, texts: Sequence[str], keys: set[int]) -> None:
        if len(texts) < 2:
            self.wrong("Câu hỏi cần ít nhất hai phương án A, B; xin kiểm tra cách đánh chữ cái.")
        for index, text in enumerate(texts):
            if not text:
                self.wrong(f"Phương án {chr(ord('A') + index % 26)} đang để trống; xin điền hoặc bỏ đi.")
        has_wrong_key = any(problem.place == self.places.get("key") for problem in self.problems)
        if len(texts) >= 2 and not keys and not has_wrong_key:
            self.wrong(f"Câu hỏi chưa có đáp án; {self.how_to_mark}.")

    def _kind(self, texts: Sequence[str], keys: set[int]) -> Kind:
        if self.said.get("kind", "").strip():
            try:
                self.kind = wordings.kind_of(self.said["kind"])
            except ValueError:
                message = "Loại phải là “Một đáp án”, “Nhiều đáp án” hoặc “Đúng – sai”."
                self.wrong(message, self.said["kind"], self.places["kind"])
        if self.kind is not None:
            self.fields.add("kind")
        if self.kind is Kind.SINGLE and len(keys) > 1:
            self.wrong(
                "Câu ghi là một đáp án nhưng có nhiều phương án được đánh dấu đúng; xin chọn lại loại hoặc đáp án."
            )
        if self.kind is Kind.TRUE_FALSE and tuple(texts) != TRUTH_WORDS:
            self.wrong("Câu đúng – sai phải có đúng hai phương án “Đúng”, “Sai” theo thứ tự ấy.", " / ".join(texts))
        if self.kind is None and tuple(texts) == TRUTH_WORDS:
            return Kind.TRUE_FALSE
        return self.kind or (Kind.MULTIPLE if len(keys) > 1 else Kind.SINGLE)

    def _option_ids(self, count: int) -> list[str]:
        ids = [normalise.line(one) for one in self.said.get("option_ids", "").split(",")]
        if self.said.get("option_ids") is None or len(ids) != count or len(set(ids)) != count:
            return [""] * count  # somebody added or took away an option: which id is whose is told by the texts
        return ids

    def _source(self) -> tuple[Source, str]:
        if self.said.keys() & _SOURCE_PARTS:
            self.fields.add("source")
        document, _, section = normalise.line(self.said.get("source", "")).partition("#")
        section = section.partition(_EXPLAINED)[0]
        section = normalise.line(self.said.get("section", "")) or section
        note = ""
        if " " in document:  # words for people, not the name of a document in the library
            note = f"Nguồn ghi trong tệp: {document}" + (f", {section}" if section else "")
            document = section = ""
            self.warn(
                "Nguồn chưa chỉ tới văn bản trong thư viện; lời ghi được giữ ở ghi chú, xin chọn lại văn bản và mục."
            )
        days = [self._day(part) for part in ("valid_from", "valid_until")]
        return Source(document, section, self.said.get("quote", ""), *days), note

    def _day(self, part: str) -> date | None:
        text = self.said.get(part, "").strip()
        try:
            return wordings.day_of(text) if text else None
        except ValueError:
            self.wrong("Ngày phải viết dạng 31/12/2025.", text, self.places[part])
            return None


def _says_same(option: str, text: str) -> bool:
    return bool(text) and normalise.same(option) == normalise.same(text)
