"""What one row of a roster says, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from quiz_app.members.models import Category, Standing


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in the file, with the place as the spreadsheet shows it."""

    sheet: str
    row: int
    column: str
    value: str
    advice: str


@dataclass(slots=True)
class Entry:
    """One person as the file has him. Empty values say nothing: they never erase what is known.

    `unit_text` is what the row, or the heading of its part of the table, says of the unit; `unit_hint` what stands
    above the whole table.
    """

    sheet: str
    row: int
    columns: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    full_name: str = ""
    name_key: str = ""
    unit_text: str = ""
    unit_hint: str = ""
    born_on: date | None = None
    born_year_only: bool = False
    gender: str = ""
    card_number: str | None = None
    category: Category | None = None
    standing: Standing | None = None
    joined_on: date | None = None
    official_on: date | None = None
    position: str = ""
    phone: str = ""
    email: str = ""
    note: str = ""

    def problem(self, name: str, value: str, advice: str) -> Problem:
        column = self.columns.get(name, self.columns.get("full_name", self.columns.get("given_name", "A")))
        return Problem(self.sheet, self.row, column, value, advice)


def column_letter(index: int) -> str:
    """The name of a column counted from 0: A … Z, AA …"""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
