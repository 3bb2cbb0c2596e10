"""Which column of a roster is which: known by the words of its heading, of one row or of two."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quiz_app.kernel.text import search_key
from quiz_app.members.roster_entry import column_letter
from quiz_app.members.roster_file import EMPTY, Cell

HEADINGS: dict[str, tuple[str, ...]] = {
    "full_name": (
        "ho va ten",
        "ho ten",
        "ho va ten dang vien",
        "ho ten dang vien",
        "ho va ten khai sinh",
        "ho va ten dv",
        "ho ten dv",
        "ho ten khai sinh",
        "dong chi",
    ),
    "family_name": ("ho dem", "ho va dem", "ho va ten dem", "ho va chu dem", "ho"),
    "given_name": ("ten",),
    "born_on": (
        "ngay sinh",
        "ngay thang nam sinh",
        "nam sinh",
        "sinh ngay",
        "ngay thang sinh",
        "sinh nam",
        "ngay sinh nam sinh",
        "ns",
    ),
    "gender": ("gioi tinh", "gioi", "nam nu"),
    "unit": (
        "chi bo",
        "don vi",
        "chi bo sinh hoat",
        "noi sinh hoat",
        "to chuc dang",
        "ma chi bo",
        "ma don vi",
        "sinh hoat tai chi bo",
        "chi bo dang bo",
        "to chuc co so dang",
        "ten chi bo",
        "ten don vi",
        "don vi sinh hoat",
        "chi bo truc thuoc",
        "cb",
    ),
    "joined_on": (
        "ngay vao dang",
        "ngay ket nap",
        "vao dang",
        "ngay vao dcsvn",
        "ngay vd",
        "ngay ket nap dang",
        "ngay thang nam vao dang",
        "ngay vao dang du bi",
        "ngay du bi",
    ),
    "official_on": ("ngay chinh thuc", "ngay cong nhan chinh thuc", "ngay vao dang chinh thuc", "ngay ct"),
    "card_number": (
        "so the dang vien",
        "so the dang",
        "so the",
        "the dang vien",
        "so the dv",
        "so tdv",
        "so tdv the",
        "ma the",
        "the dang",
        "so hieu the",
    ),
    "category": ("loai", "loai dang vien", "dien", "dang vien", "chinh thuc du bi", "loai dv"),
    "position": ("chuc vu", "chuc vu dang", "chuc danh", "chuc vu trong dang"),
    "standing": ("tinh trang sinh hoat", "tinh trang", "tinh hinh sinh hoat", "mien sinh hoat"),
    "phone": (
        "sdt",
        "so dien thoai",
        "so dtdd",
        "dtdd",
        "sdt lien he",
        "dien thoai",
        "dien thoai lien he",
        "di dong",
        "so dt",
        "dt",
    ),
    "email": ("email", "e mail", "thu dien tu", "hop thu", "dia chi email"),
    "note": ("ghi chu",),
}
_FIELD_OF = {heading: name for name, headings in HEADINGS.items() for heading in headings}
_COUNTERS = {"stt", "tt", "so tt", "so thu tu"}

_BELOW: dict[tuple[str, str], str] = {
    ("born_on", "nam"): "born_male",
    ("born_on", "nu"): "born_female",
    ("joined_on", "du bi"): "joined_on",
    ("joined_on", "ket nap"): "joined_on",
    ("joined_on", "vao dang"): "joined_on",
    ("joined_on", "chinh thuc"): "official_on",
    ("joined_on", "ct"): "official_on",
    ("joined_on", "db"): "joined_on",
}


@dataclass(frozen=True, slots=True)
class Header:
    """The columns by field. `split_name` is a column without a heading that holds the last word of the name."""

    row: int
    fields: Mapping[str, int]
    dropped: tuple[str, ...] = ()
    counter: int | None = None
    split_name: int | None = None
    letters: Mapping[str, str] = field(default_factory=dict)

    def cell(self, cells: Sequence[Cell], name: str) -> Cell:
        """The cell of a field; empty where the row or the table has none."""
        index = self.fields.get(name)
        return cells[index] if index is not None and index < len(cells) else EMPTY


def header_of(number: int, cells: Sequence[Cell]) -> Header | None:
    """What this row heads, if it is a row of headings."""
    fields: dict[str, int] = {}
    for index, cell in enumerate(cells):
        name = _FIELD_OF.get(heading(cell.text))
        if name is not None:
            fields.setdefault(name, index)
    if "full_name" in fields:
        fields.pop("given_name", None)
        fields.pop("family_name", None)
    elif "given_name" in fields and "family_name" not in fields:
        fields["full_name"] = fields.pop("given_name")
    is_named = "full_name" in fields or {"family_name", "given_name"} <= fields.keys()
    if not is_named or len(fields) < 2:
        return None
    beside = fields.get("full_name", -2) + 1
    has_more = 0 < beside < len(cells) and not cells[beside].text
    return _complete(Header(number, fields, split_name=beside if has_more else None), cells)


def with_second_row(header: Header, cells: Sequence[Cell]) -> Header | None:
    """The header where this row, right below, belongs to it: parts of a heading (Nam | Nữ), or numbers of columns."""
    texts = {index: heading(cell.text) for index, cell in enumerate(cells) if cell.text}
    fields = dict(header.fields)
    owner = ""
    is_part = False
    by_column = {index: name for name, index in header.fields.items()}
    for index in range(max(texts, default=-1) + 1):
        owner = by_column.get(index, owner)
        name = _BELOW.get((owner, texts.get(index, "")))
        if name is not None:
            fields.pop(owner, None) if name != owner else None
            fields[name] = index
            is_part = True
    if not is_part and not _is_counted(cells) and not is_heading(header, cells):
        return None
    return _complete(Header(header.row, fields, header.dropped, header.counter, header.split_name), ())


def is_heading(header: Header, cells: Sequence[Cell]) -> bool:
    """Whether the row only repeats the headings, as on every printed page."""
    names = [header.cell(cells, name).text for name in ("full_name", "family_name", "given_name")]
    return any(_FIELD_OF.get(heading(text)) in {"full_name", "family_name"} for text in names if text)


def heading(text: str) -> str:
    """The words of a heading: no marks, no brackets, no signs."""
    key = search_key(text)
    if key.isascii() and key.replace(" ", "").isalnum():  # nearly every cell, and this is asked of every row
        return key
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"\(.*?\)", " ", key)).split())


def _is_counted(cells: Sequence[Cell]) -> bool:
    """A row `1 2 3 4 …` or `(1) (2) (3)` that numbers the columns."""
    texts = [re.sub(r"[()\s]", "", cell.text) for cell in cells if cell.text]
    return len(texts) >= 3 and all(text.isdigit() and len(text) <= 2 for text in texts)


def _complete(header: Header, titles: Sequence[Cell]) -> Header:
    taken = set(header.fields.values())
    dropped = [
        cell.text
        for index, cell in enumerate(titles)
        if cell.text and index not in taken and heading(cell.text) not in _COUNTERS
    ]
    counter = next((index for index, cell in enumerate(titles) if heading(cell.text) in _COUNTERS), header.counter)
    letters = {name: column_letter(index) for name, index in header.fields.items()}
    for part in ("born_male", "born_female"):
        if part in letters:
            letters.setdefault("born_on", letters[part])
    return Header(header.row, header.fields, tuple(dropped) or header.dropped, counter, header.split_name, letters)
