"""An official document of the Party as values: what stands on it, nothing of how a file or a page draws it.

Form: guidance 05-HD/VPTW of 2026 and 36-HD/VPTW of 2018, as set out in the tables of `SIZES` and `MARGINS_MM`. Both
agree in everything that is measured; the older one closes a text with "./.".
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar

MARGINS_MM = {"top": 20, "bottom": 20, "left": 30, "right": 15}
PAGE_MM = (210, 297)
FIRST_LINE_MM = 10
LINE_PT = 20
AFTER_PT = 6
SIZES = {
    "banner": 15,
    "organisation": 14,
    "number": 14,
    "date": 14,
    "kind": 16,
    "subject": 14,
    "body": 14,
    "signature": 14,
    "recipients_head": 14,
    "recipients": 12,
    "page_number": 14,
    "table": 12,
}
BANNER = "ĐẢNG CỘNG SẢN VIỆT NAM"
RULE = "-----"
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_LETTERS = "abcdđeghik"


class Profile(StrEnum):
    HD05_2026 = "hd05-2026"
    HD36_2018 = "hd36-2018"


ENDINGS = {Profile.HD05_2026: ".", Profile.HD36_2018: "./."}


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 1 to 3 gives the mark: "I- ", "1. ", "a) "; each counts within the one above."""

    form: ClassVar = "heading"
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    form: ClassVar = "paragraph"
    text: str


@dataclass(frozen=True, slots=True)
class Dash:
    """One line of a list, begun with a dash."""

    form: ClassVar = "dash"
    text: str


@dataclass(frozen=True, slots=True)
class TableColumn:
    """`share` of the table's width, in parts of the sum of all; numbers stand to the right."""

    heading: str
    share: int
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are words as they are to be read; the head is repeated on every page."""

    form: ClassVar = "table"
    caption: str
    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[str]]
    sums: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as PNG; `words` say what it shows to who cannot see it."""

    form: ClassVar = "picture"
    png: bytes
    words: str
    width_mm: int = 165

    @property
    def data_url(self) -> str:
        return f"data:image/png;base64,{b64encode(self.png).decode()}"


Block = Heading | Paragraph | Dash | Table | Picture


@dataclass(frozen=True, slots=True)
class Annex:
    """What follows the signature, on landscape pages of its own."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Official:
    """A document ready to be drawn. `number` None leaves the place of the number blank, to be written by hand.

    `symbol` follows the number ("BC/CB"); `authority` is whom the signer stands for ("T/M CHI BỘ").
    """

    profile: Profile
    superior: str
    issuer: str
    number: int | None
    symbol: str
    place: str
    dated_on: date
    kind: str
    subject: str
    blocks: Sequence[Block]
    authority: str
    office: str
    signer: str
    recipients: Sequence[str]
    kept_by: str
    annexes: Sequence[Annex] = ()


def number_words(document: Official) -> str:
    """ "Số 03-BC/CB": below ten with a leading zero; without a number a gap to write in."""
    number = "     " if document.number is None else f"{document.number:02d}"
    return f"Số {number}-{document.symbol}"


def date_words(document: Official) -> str:
    """ "Bát Tràng, ngày 05 tháng 02 năm 2026": days below ten and the months 1 and 2 with a leading zero."""
    on = document.dated_on
    month = f"{on.month:02d}" if on.month <= 2 else str(on.month)
    return f"{document.place}, ngày {on.day:02d} tháng {month} năm {on.year}"


def recipient_lines(document: Official) -> list[str]:
    """Each receiver on a line, the archive last."""
    return [f"- {one};" for one in document.recipients] + [f"- Lưu {document.kept_by}."]


def body(document: Official) -> list[Block]:
    """The blocks as they are drawn: headings with their marks, the last text closed as the profile wants it."""
    blocks = list(_marked(document.blocks))
    last = next((at for at in range(len(blocks) - 1, -1, -1) if isinstance(blocks[at], Paragraph | Dash)), None)
    if last is not None:
        block = blocks[last]
        if isinstance(block, Paragraph | Dash):
            blocks[last] = replace(block, text=block.text.rstrip(" ./;") + ENDINGS[document.profile])
    return blocks


def _marked(blocks: Sequence[Block]) -> Iterator[Block]:
    counts = [0, 0, 0]
    for block in blocks:
        if not isinstance(block, Heading):
            yield block
            continue
        at = block.level - 1
        counts[at] += 1
        counts[at + 1 :] = [0] * (len(counts) - at - 1)
        yield replace(block, text=_mark(block.level, counts[at]) + block.text)


def _mark(level: int, count: int) -> str:
    if level == 1:
        return f"{_ROMAN[count - 1]}- "
    return f"{count}. " if level == 2 else f"{_LETTERS[count - 1]}) "
