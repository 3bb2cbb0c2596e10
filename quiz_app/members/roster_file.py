"""From the bytes of an uploaded .xlsx to its cells, read in a limited process that may die without harm."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from quiz_app.kernel.text import tidy
from quiz_app.members import roster_child
from quiz_app.members.errors import RosterUnreadable

MAX_BYTES = 40 * 1024 * 1024
TIMEOUT_S = 45
DAMAGED = "tệp hỏng, hoặc quá lớn so với một danh sách. Mời đồng chí chép dữ liệu sang một tệp mới rồi gửi lại."

_one_at_a_time = threading.Lock()  # two large files at once would press a small machine


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: the text as a person would type it, and its date where it is one."""

    text: str
    day: date | None = None
    is_number: bool = False


EMPTY = Cell("")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that hold anything, with their numbers as the spreadsheet shows them."""

    name: str
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]


def read_sheets(content: bytes) -> tuple[Sheet, ...]:
    """The visible sheets of an .xlsx. Raises RosterUnreadable, with a reason in words, for anything else."""
    if len(content) > MAX_BYTES:
        raise RosterUnreadable(reason=f"tệp lớn hơn {MAX_BYTES // 1024 // 1024} MB.")
    program = [sys.executable, "-I", str(Path(roster_child.__file__))]
    try:
        with _one_at_a_time:
            done = subprocess.run(  # noqa: S603 - our own program, no word of the command comes from outside
                program, input=content, capture_output=True, timeout=TIMEOUT_S, check=False
            )
    except subprocess.TimeoutExpired:
        raise RosterUnreadable(reason=DAMAGED) from None
    if done.returncode == roster_child.REFUSED:
        raise RosterUnreadable(reason=str(json.loads(done.stdout)["problem"]))
    if done.returncode != 0:
        raise RosterUnreadable(reason=DAMAGED)
    return tuple(
        Sheet(
            tidy(sheet["name"]), tuple((number, tuple(_cell(value) for value in row)) for number, row in sheet["rows"])
        )
        for sheet in json.loads(done.stdout)["sheets"]
    )


def _cell(value: Any) -> Cell:
    if value is None:
        return EMPTY
    if isinstance(value, str):
        return Cell(tidy(value))
    if "date" in value:
        day = date.fromisoformat(value["date"])
        return Cell(day.strftime("%d/%m/%Y"), day)
    return Cell(str(value["number"]), is_number=True)
