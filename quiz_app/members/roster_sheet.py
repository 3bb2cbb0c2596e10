"""The people of a roster, sheet by sheet: where the table begins and ends, and which rows are people. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from quiz_app.kernel.text import search_key
from quiz_app.members.roster_entry import Entry
from quiz_app.members.roster_file import EMPTY, Cell, Row, Sheet
from quiz_app.members.roster_headings import Header, header_of, heading, is_heading, with_second_row
from quiz_app.members.roster_values import fill

HEADER_WITHIN_ROWS = 25
_TOTAL = re.compile(r"(?:tong cong|tong so|danh sach nay|an dinh danh sach)\b|(?:tong|cong)\s*(?:[:\d]|$)")
_SIGNED = (
    "nguoi lap",
    "lap bieu",
    "t m ",
    "tm ",
    "ky ten",
    "ky ghi ro",
    "ky va ghi ro",
    "xac nhan",
    "bi thu",
    "thu truong",
    "noi nhan",
    "ghi chu",
)
_NUMBERED = re.compile(r"^(?:[ivxlc]+|\d+|[a-z])[.):\s-]+", re.IGNORECASE)
_SIGNED_ON = re.compile(r"(?:.* )?ngay (?:\d+ )?thang (?:\d+ )?nam ")
_NUMERAL = re.compile(r"(?:[ivxlc]+|[a-z]|\d+)[.)]?", re.IGNORECASE)
_CELL_NAMES = ("chi bo", "cb ")
_UNIT_NAMES = (*_CELL_NAMES, "dang bo", "dang uy")


@dataclass(slots=True)
class Notes:
    """What is told of the file as a whole, complete once its entries were walked.

    `dropped` are headings that were not taken; `skipped` are sheets without a heading row; `headers` the rows of the
    headings by sheet.
    """

    dropped: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    headers: dict[str, int] = field(default_factory=dict)


def entries(sheets: Iterable[Sheet], today: date, notes: Notes) -> Iterator[Entry]:
    """Every person of every sheet in the order of the file, each with everything that is wrong with him."""
    for sheet in sheets:
        rows = iter(sheet.rows)
        above: list[Row] = []
        header = None
        for number, cells in rows:
            header = header_of(number, cells)
            if header is not None or len(above) >= HEADER_WITHIN_ROWS - 1:
                break
            above.append((number, cells))
        if header is not None:
            yield from _people(sheet.name, header, _unit_above(above), rows, (today, notes))
        elif above:
            notes.skipped.append(sheet.name)


def _people(sheet: str, header: Header, hint: str, rows: Iterator[Row], said: tuple[date, Notes]) -> Iterator[Entry]:
    today, notes = said
    part, is_signed, is_top = "", False, True
    for number, cells in rows:
        if is_top and (more := with_second_row(header, cells)) is not None:
            header = more
            continue
        if is_top:
            notes.headers[sheet] = header.row
        is_top = False
        if (named := _unit_named(cells)) is not None:
            part = named
            continue
        is_signed = is_signed or _is_signature(header, cells)
        if is_signed and not _is_listed(header, cells):
            continue
        if is_heading(header, cells) or not _is_person(header, cells):
            continue
        entry = Entry(sheet, number, header.letters, unit_hint=hint)
        fill(entry, lambda name, row=cells, head=header: _cell(head, row, name), today)  # type: ignore[misc] # bound for this row
        entry.unit_text = entry.unit_text or part
        yield entry
    notes.headers.setdefault(sheet, header.row)
    notes.dropped += [title for title in header.dropped if title not in notes.dropped]


def _unit_above(above: list[Row]) -> str:
    texts = (cell.text for _, cells in above for cell in cells)
    return next((text for text in texts if search_key(text).startswith(_CELL_NAMES)), "")


def _cell(header: Header, cells: Sequence[Cell], name: str) -> Cell:
    cell = header.cell(cells, name)
    if name != "full_name" or header.split_name is None or header.split_name >= len(cells):
        return cell
    last = cells[header.split_name]
    if not last.text or last.is_number or any(letter.isdigit() for letter in last.text):
        return cell
    return Cell(f"{cell.text} {last.text}".strip())


def _unit_named(cells: Sequence[Cell]) -> str | None:
    """The unit that a row names alone, as a heading of the rows below it; a number may stand beside it."""
    texts = {cell.text for cell in cells if cell.text and not _NUMERAL.fullmatch(cell.text)}
    if len(texts) != 1:
        return None
    bare = re.sub(r"\s*[:(].*$", "", _NUMBERED.sub("", texts.pop()).strip())
    return bare if search_key(bare).startswith(_UNIT_NAMES) else None


def _is_person(header: Header, cells: Sequence[Cell]) -> bool:
    """Whether a row below the heading is about a person; rows of totals and of blanks are not."""
    texts = {name: text for name in header.fields if (text := header.cell(cells, name).text)}
    name = texts.get("full_name", texts.get("given_name", ""))
    first = next((cell.text for cell in cells if cell.text), "")
    if not texts or any(_TOTAL.match(search_key(text)) for text in (first, name)):
        return False
    return bool(name) or len(texts) > 1


def _is_signature(header: Header, cells: Sequence[Cell]) -> bool:
    """Whether the table has ended: who drew it up, who signs, where and when."""
    if _is_listed(header, cells):
        return False
    free = {header.fields.get(name) for name in ("position", "note")}
    texts = [heading(cell.text) + " " for index, cell in enumerate(cells) if cell.text and index not in free]
    return any(text.startswith(_SIGNED) or _SIGNED_ON.match(text) for text in texts)


def _is_listed(header: Header, cells: Sequence[Cell]) -> bool:
    """Whether the row is surely one of the table: it has a number, or somebody's birth."""
    index = header.counter
    cell = cells[index] if index is not None and index < len(cells) else EMPTY
    born = any(header.cell(cells, name).text for name in ("born_on", "born_male", "born_female"))
    return born or cell.text.strip(". ").isdigit()
