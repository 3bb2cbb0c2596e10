"""Reads one .xlsx from standard input and prints its rows as JSON lines; run as a program of its own, under limits.

An upload may be made to take all memory or time of whoever opens it, so nothing of the product runs in this process
and nothing but this process opens it. It imports nothing of the product. A line is `{"sheet": name, "merges": [[column,
first row, last row], …]}` or `[row, [cell, …]]`. With the argument `check` only the shape of the archive is looked at.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any
from xml.parsers import expat

MEMORY_BYTES = 768 * 1024 * 1024
CPU_S = 150
MAX_ENTRIES = 200
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_SHEETS = 200
MAX_COLUMNS = 40
MAX_ROWS = 200_000
MAX_CELL = 400
MAX_CHARACTERS = 60_000_000
MAX_MERGES = 20_000
REFUSED = 3
CHUNK = 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SAVE_AS = "Mời đồng chí mở bằng Excel, chọn Lưu thành, kiểu Excel Workbook (.xlsx) rồi gửi lại."
Meaning = Callable[[str, int, str], Any]
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell [^>]*ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


class Unfit(Exception):
    """The file is not taken; the message is for the person who sent it."""


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    content = sys.stdin.buffer.read()
    try:
        _check_archive(content)
        if sys.argv[1:] != ["check"]:
            for line in lines(content):
                sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")
    except Unfit as error:
        sys.stderr.write(json.dumps({"problem": str(error)}))
        return REFUSED
    return 0


def _check_archive(content: bytes) -> None:
    if content.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unfit("tệp có mật khẩu. Mời đồng chí bỏ mật khẩu rồi gửi lại.")
        raise Unfit(f"tệp là Excel đời cũ (.xls). {SAVE_AS}")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except zipfile.BadZipFile:
        raise Unfit(f"tệp không phải là .xlsx. {SAVE_AS}") from None
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Unfit("tệp quá lớn sau khi giải nén.")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Unfit("tệp có mật khẩu. Mời đồng chí bỏ mật khẩu rồi gửi lại.")
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise Unfit("cấu trúc tệp không hợp lệ.")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unfit("tệp có macro. Mời đồng chí lưu lại dạng .xlsx không có macro.")
    if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype")[:200]:
        raise Unfit(
            "tệp là OpenDocument (.ods). Mời đồng chí mở bằng LibreOffice, chọn Lưu thành kiểu .xlsx rồi gửi lại."
        )
    if "xl/workbook.bin" in names:
        raise Unfit(f"tệp là Excel nhị phân (.xlsb). {SAVE_AS}")
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise Unfit("tệp không phải là bảng tính .xlsx.")


def lines(content: bytes) -> Iterator[Any]:
    """What is printed, line by line."""
    from openpyxl import load_workbook  # noqa: PLC0415 - after the limits are set: importing it takes memory too

    archive = zipfile.ZipFile(io.BytesIO(content))
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    left = MAX_CHARACTERS
    for sheet in book.worksheets[:MAX_SHEETS]:
        if sheet.sheet_state != "visible":
            continue
        path = sheet._worksheet_path  # type: ignore[attr-defined] # what the reader itself opens
        yield {"sheet": sheet.title, "merges": _merges(archive, path)}
        meaning = _meaning(book, sheet._shared_strings)  # type: ignore[attr-defined] # likewise
        with archive.open(path) as part:
            for number, values in _rows(part, meaning):
                if number > MAX_ROWS:
                    raise Unfit(f"trang “{sheet.title}” có hơn {MAX_ROWS} dòng.")
                left -= sum(len(str(value)) for value in values)
                if left < 0:
                    raise Unfit("tệp có quá nhiều chữ.")
                yield [number, values]


def _meaning(book: Any, texts: Sequence[str]) -> Meaning:
    """What the library makes of what a cell says, by its kind and style: shared text, number, date."""
    from openpyxl.utils.datetime import from_excel, from_ISO8601  # noqa: PLC0415 - after the limits are set

    def number_of(style: int, said: str) -> Any:
        number = int(said) if said.isdecimal() else float(said)
        if style not in book._date_formats:
            return number
        try:
            return from_excel(number, book.epoch, timedelta=style in book._timedelta_formats)
        except (OverflowError, ValueError):
            return "#VALUE!"

    by_kind: dict[str, Callable[[int, str], Any]] = {
        "n": number_of,
        "s": lambda _style, said: texts[int(said)],
        "b": lambda _style, said: bool(int(said)),
        "d": lambda _style, said: from_ISO8601(said),  # type: ignore[no-untyped-call] # the library's
    }
    return lambda kind, style, said: by_kind[kind](style, said) if kind in by_kind else said


def _rows(part: IO[bytes], meaning: Meaning) -> Iterator[tuple[int, list[Any]]]:
    """The rows of a sheet that say something. One pass that keeps a row takes a third of the library's time."""
    met = _Met(meaning)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_entities
    parser.StartElementHandler, parser.EndElementHandler = met.begin, met.end
    parser.CharacterDataHandler = met.hear
    while chunk := part.read(CHUNK):
        parser.Parse(chunk)
        yield from met.rows
        met.rows.clear()
    parser.Parse(b"", True)


class _Met:
    """What was met of a sheet: its whole rows, and the one that is being read."""

    def __init__(self, meaning: Meaning) -> None:
        self.rows: list[tuple[int, list[Any]]] = []
        self._meaning = meaning
        self._row = self._last = self._column = 0
        self._cells: list[Any] = []
        self._kind, self._style = "n", 0
        self._said = ""
        self._hears, self._is_reading = False, False

    def begin(self, name: str, has: dict[str, str]) -> None:
        part = name.rpartition(" ")[2]
        if part == "c":
            place = has.get("r")
            self._column = _index(place.rstrip("0123456789")) if place else self._column + 1
            self._kind, self._style, self._said = has.get("t", "n"), int(has.get("s", 0)), ""
        elif part == "v":
            self._hears = self._kind != "inlineStr"
        elif part == "is":
            self._is_reading = self._kind == "inlineStr"
        elif part == "t":
            self._hears = self._is_reading
        elif part == "rPh":  # how a word is read aloud
            self._is_reading = False
        elif part == "row":
            self._row = int(float(has["r"])) if "r" in has else self._row + 1
            self._column, self._cells = -1, []

    def hear(self, text: str) -> None:
        if self._hears:
            self._said += text

    def end(self, name: str) -> None:
        part = name.rpartition(" ")[2]
        if part in ("v", "t"):
            self._hears = False
        elif part == "rPh":
            self._is_reading = True
        elif part == "is":
            self._is_reading = False
        elif part == "c":
            if self._said and self._column < MAX_COLUMNS:
                self._cells += [None] * (self._column + 1 - len(self._cells))
                self._cells[self._column] = _plain(self._meaning(self._kind, self._style, self._said))
        elif part == "row" and self._row > self._last:
            self._last = self._row
            while self._cells and self._cells[-1] is None:
                self._cells.pop()
            if self._cells or self._row > MAX_ROWS:
                self.rows.append((self._row, self._cells))


def _refuse_entities(*_: object) -> None:
    raise Unfit("cấu trúc tệp không hợp lệ.")


def _merges(archive: zipfile.ZipFile, path: str) -> list[list[int]]:
    """Cells merged downwards; the careful reader does not tell them, so they are found in the text of the sheet."""
    found: list[list[int]] = []
    kept = b""
    with archive.open(path) as part:
        while chunk := part.read(CHUNK):
            text = kept + chunk
            whole = text.rfind(b">") + 1
            for column, top, _last, bottom in _MERGE.findall(text[:whole]) if b"mergeCell" in text else ():
                index = _index(column.decode())
                if index < MAX_COLUMNS and int(top) < int(bottom) <= MAX_ROWS and len(found) < MAX_MERGES:
                    found.append([index, int(top), int(bottom)])
            kept = text[whole:][-CHUNK:]
    return found


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _plain(value: Any) -> Any:
    """A cell as JSON: text, {"date": iso} or {"number": text}."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return {"date": value.date().isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"number": str(int(value)) if float(value).is_integer() else repr(value)}
    return str(value)[:MAX_CELL]


if __name__ == "__main__":
    sys.exit(main())
