"""Tables of a TOML file read with care: every wrong field becomes a finding with its line, and reading goes on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from question_bank.model import Finding, Place

Word = TypeVar("Word", bound=StrEnum)
Value = TypeVar("Value")

_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)")
_UNREADABLE_LINE = 1


@dataclass(slots=True)
class Findings:
    """What was found so far while reading."""

    found: list[Finding] = field(default_factory=list)

    def add(self, place: Place, code: str, message: str) -> None:
        """Note one more finding."""
        self.found.append(Finding(place.file, place.line, code, message))


@dataclass(slots=True)
class TomlFile:
    """One parsed file, with its lines at hand: the parser itself keeps no positions."""

    name: str
    lines: list[str]
    top: dict[str, Any]

    def line_of_field(self, key: str, value: str, after: int) -> int | None:
        """The first line below `after` that says `key = "value"`."""
        wanted = re.compile(rf"\s*{re.escape(key)}\s*=\s*([\"']){re.escape(value)}\1\s*(#.*)?")
        return self._first(wanted, after)

    def line_of_header(self, header: str, after: int) -> int | None:
        """The first line below `after` that opens a table of an array: `[[header]]`."""
        return self._first(re.compile(rf"\s*\[\[\s*{re.escape(header)}\s*\]\]\s*(#.*)?"), after)

    def _first(self, wanted: re.Pattern[str], after: int) -> int | None:
        for number in range(after, len(self.lines)):
            if wanted.fullmatch(self.lines[number]):
                return number + 1
        return None


def read_toml(path: Path, name: str, findings: Findings) -> TomlFile | None:
    """The parsed file, or None and a finding that names the line."""
    text = read_text(path, name, findings)
    if text is None:
        return None
    try:
        top = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        position = _POSITION.search(str(error))
        line = int(position.group(1)) if position else max(1, text.count("\n"))
        findings.add(Place(name, line), "TOML_SYNTAX", "Tệp viết sai cú pháp TOML tại dòng này hoặc ngay phía trên.")
        return None
    return TomlFile(name, text.splitlines(), top)


def read_text(path: Path, name: str, findings: Findings) -> str | None:
    """The text of a UTF-8 file, or None and a finding."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        findings.add(Place(name, _UNREADABLE_LINE), "FILE_MISSING", "Không tìm thấy tệp này.")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        findings.add(Place(name, line), "NOT_UTF8", "Tệp chưa được lưu bằng bảng mã UTF-8.")
    except OSError:
        findings.add(Place(name, _UNREADABLE_LINE), "FILE_UNREADABLE", "Không mở được tệp này.")
    return None


@dataclass(slots=True)
class Table:
    """One table of a file. Each getter gives a value of its type, or a harmless one and a finding."""

    content: dict[str, Any]
    place: Place
    findings: Findings
    taken: set[str] = field(default_factory=set)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default it must be there and say something."""
        value = self._take(key, default)
        if value is None:
            return ""
        if not isinstance(value, str):
            return self._wrong(key, "một đoạn chữ trong dấu nháy", "")
        if not value.strip() and default is None:
            self.findings.add(self.place, "FIELD_EMPTY", f"Trường “{key}” đang để trống.")
        return value

    def number(self, key: str, allowed: range) -> int:
        """A whole number of the range, which must be there."""
        value = self._take(key, None)
        if value is None:
            return allowed.start
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            return self._wrong(key, f"một số nguyên từ {allowed.start} đến {allowed.stop - 1}", allowed.start)
        return value

    def number_or_none(self, key: str, allowed: range) -> int | None:
        """A whole number of the range, where one is written."""
        return self.number(key, allowed) if key in self.content else None

    def flag(self, key: str) -> bool:
        """true or false; false where nothing is written."""
        value = self._take(key, False)
        return value if isinstance(value, bool) else self._wrong(key, "true hoặc false", False)

    def day(self, key: str) -> date | None:
        """A date, where one is written."""
        if key not in self.content:
            return None
        value = self._take(key, None)
        if isinstance(value, datetime) or not isinstance(value, date):
            return self._wrong(key, "một ngày dạng 2025-12-31 (không có dấu nháy)", None)
        return value

    def choice(self, key: str, choices: type[Word]) -> Word:
        """One of the words of an enumeration, which must be there."""
        words = list(choices)
        value = self._take(key, None)
        if value is None:
            return words[0]
        if value not in [word.value for word in words]:
            return self._wrong(key, "một trong các từ: " + ", ".join(word.value for word in words), words[0])
        return choices(value)

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where nothing is written."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            return self._wrong(key, "một danh sách chữ trong ngoặc vuông", ())
        return tuple(value)

    def tables(self, key: str) -> list[dict[str, Any]]:
        """A list of tables; empty where nothing is written."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            return self._wrong(key, "một danh sách bảng", [])
        return value

    def table(self, key: str) -> dict[str, Any]:
        """A table; empty where nothing is written."""
        value = self._take(key, {})
        return value if isinstance(value, dict) else self._wrong(key, "một bảng trong ngoặc nhọn", {})

    def close(self) -> None:
        """Note the fields nobody asked for: most of them are misspelt, and would be lost in silence."""
        for key in sorted(self.content.keys() - self.taken):
            self.findings.add(self.place, "FIELD_UNKNOWN", f"Không có trường tên là “{key}”; xin kiểm tra chính tả.")

    def _take(self, key: str, default: object) -> object:
        self.taken.add(key)
        if key not in self.content and default is None:
            self.findings.add(self.place, "FIELD_MISSING", f"Thiếu trường “{key}”.")
        return self.content.get(key, default)

    def _wrong(self, key: str, expected: str, instead: Value) -> Value:
        self.findings.add(self.place, "FIELD_TYPE", f"Trường “{key}” phải là {expected}.")
        return instead


def rows(
    file: TomlFile, header: str, name_key: str, tables: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], Place]]:
    """The tables of an array with the line of each: where its name is written, else where it is opened."""
    after = 0
    for table in tables:
        opened = file.line_of_header(header, after)
        name = table.get(name_key)
        named = file.line_of_field(name_key, name, opened or after) if isinstance(name, str) else None
        line = named or opened or max(after, 1)
        after = max(line, after)
        yield table, Place(file.name, line)
