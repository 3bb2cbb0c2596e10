"""One spelling for texts that come from outside: composed letters, plain spaces, no invisible characters."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from question_bank.model import Item

_LETTERS = str.maketrans({"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ"})
# Marks that no Vietnamese keyboard gives; those of Windows-1252 read as Latin-1 come as control characters.
_QUOTES = str.maketrans(
    {
        "\x91": "‘", "\x92": "’", "\x93": "“", "\x94": "”", "\x85": "…", "\x96": "–", "\x97": "—",
        "„": "“", "‟": "“", "＂": '"', "‚": "‘", "‛": "‘", "＇": "'",
    }
)  # fmt: skip
_PLAIN_QUOTES = str.maketrans({"“": '"', "”": '"', "«": '"', "»": '"', "‘": "'", "’": "'"})
_LINE_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1f\x85\u2028\u2029]")
# Controls, formats, surrogates, private use, and the two that XML forbids; spelt out, for this runs over every letter.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ud800-\uf8ff\ufeff\ufff9-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f\U000f0000-\U0010ffff]"
)
_JOINER = "\u200d"


def text(source: str) -> str:
    """A text of one or more lines: NFC, single spaces, no trailing ones, at most one empty line in a row.

    What a line is indented by stays, because a nested list needs it. Quotation marks “ ” ‘ ’ stay as they are.
    """
    unified = _LINE_ENDS.sub("\n", source.translate(_QUOTES))
    lines = [_line(one) for one in unified.translate(_LETTERS).split("\n")]
    return unicodedata.normalize("NFC", re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())


def line(source: str) -> str:
    """A text as one line."""
    return " ".join(text(source).split())


def same(source: str) -> str:
    """What two texts must have in common to count as the same: line breaks and the shape of quotes do not count."""
    return line(source).translate(_PLAIN_QUOTES)


def item(source: Item) -> Item:
    """The item with every text of it in the one spelling."""
    origin = source.source
    return replace(
        source,
        id=line(source.id),
        topic=line(source.topic),
        stem=text(source.stem),
        options=tuple(replace(option, id=line(option.id), text=text(option.text)) for option in source.options),
        rationale=text(source.rationale),
        source=replace(origin, document=line(origin.document), section=line(origin.section), quote=text(origin.quote)),
        lesson=line(source.lesson or "") or None,
        note=text(source.note),
    )


def _line(source: str) -> str:
    shown = _INVISIBLE.sub(_kept, source)
    inner = " ".join(shown.split())
    if not inner or not shown[0].isspace():
        return inner
    return " " * (len(shown) - len(shown.lstrip())) + inner


def _kept(found: re.Match[str]) -> str:
    """The joiner that holds the parts of one emoji together; between letters it is dirt."""
    if found[0] != _JOINER:
        return ""
    around = found.string[max(found.start() - 1, 0) : found.start()] + found.string[found.end() : found.end() + 1]
    is_emoji = len(around) == 2 and not any(neighbour.isalnum() or neighbour.isspace() for neighbour in around)
    return _JOINER if is_emoji else ""
