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
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\u0085\u2028\u2029]")
_INVISIBLE = {"Cc", "Cf", "Co", "Cs"}
_NOT_IN_XML = "\ufffe\uffff"
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
    spaced = "".join(" " if character.isspace() else character for character in source)
    shown = "".join(character for index, character in enumerate(spaced) if _is_shown(spaced, index, character))
    indent = len(shown) - len(shown.lstrip(" "))
    return (" " * indent + " ".join(shown.split())).rstrip()


def _is_shown(source: str, index: int, character: str) -> bool:
    if character == _JOINER:  # holds the parts of one emoji together; between letters it is dirt
        around = source[max(index - 1, 0) : index] + source[index + 1 : index + 2]
        return len(around) == 2 and not any(neighbour.isalnum() or neighbour.isspace() for neighbour in around)
    return unicodedata.category(character) not in _INVISIBLE and character not in _NOT_IN_XML
