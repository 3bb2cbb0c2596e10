"""Reads one .xlsx from standard input and prints its cells as JSON; run as a program of its own, under limits.

An upload may be made to take all memory or time of whoever opens it, so nothing of the product runs in this process
and nothing but this process opens it. It imports nothing of the product.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

MEMORY_BYTES = 768 * 1024 * 1024
CPU_S = 30
MAX_ENTRIES = 200
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_SHEETS = 200
MAX_COLUMNS = 40
MAX_ROWS = 60_000
MAX_CELL = 400
MAX_CHARACTERS = 20_000_000
REFUSED = 3


class Unfit(Exception):
    """The file is not taken; the message is for the person who sent it."""


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        _check_archive(content)
        answer: dict[str, Any] = {"sheets": list(_sheets(content))}
    except Unfit as error:
        print(json.dumps({"problem": str(error)}))
        return REFUSED
    print(json.dumps(answer, ensure_ascii=True))
    return 0


def _check_archive(content: bytes) -> None:
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except zipfile.BadZipFile:
        raise Unfit(
            "tệp không phải là .xlsx. Mời đồng chí mở bằng Excel rồi lưu dạng Excel Workbook (.xlsx)."
        ) from None
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Unfit("tệp quá lớn sau khi giải nén.")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Unfit("tệp có mật khẩu. Mời đồng chí bỏ mật khẩu rồi gửi lại.")
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise Unfit("cấu trúc tệp không hợp lệ.")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unfit("tệp có macro. Mời đồng chí lưu lại dạng .xlsx không có macro.")
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise Unfit("tệp không phải là bảng tính .xlsx.")


def _sheets(content: bytes) -> Iterator[dict[str, Any]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - after the limits are set: importing it takes memory too

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    left = MAX_CHARACTERS
    for sheet in book.worksheets[:MAX_SHEETS]:
        if sheet.sheet_state != "visible":
            continue
        sheet.reset_dimensions()  # what a file says of its size is not to be believed
        rows: list[list[Any]] = []
        for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
            if number > MAX_ROWS:
                raise Unfit(f"trang “{sheet.title}” có hơn {MAX_ROWS} dòng.")
            values = [_plain(value) for value in cells]
            if any(value is not None for value in values):
                rows.append([number, values])
                left -= sum(len(str(value)) for value in values)
                if left < 0:
                    raise Unfit("tệp có quá nhiều chữ.")
        yield {"name": sheet.title, "rows": rows}


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
