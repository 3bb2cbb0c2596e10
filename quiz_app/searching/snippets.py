"""Where in a text the words asked for stand, cut out and marked, as pieces that a page escapes by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quiz_app.kernel.text import Word, searchable_words

LENGTH = 260
_LEAD = 60
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_marked: bool


def marked(text: str, words: Sequence[Word]) -> list[Piece]:
    """The whole text, with every word marked that was asked for, whatever its marks. `text` is NFC."""
    return _pieces(text, _wanted(text, words), 0, len(text))


def snippet(text: str, words: Sequence[Word], length: int = LENGTH) -> list[Piece]:
    """The stretch of about `length` characters with the most of the words asked for, written as they were asked for
    where there is a choice; the beginning where there are none. Nothing is cut within a word."""
    found = _wanted(text, words)
    start, end = _stretch(text, found, {word.marked for word in words}, length)
    pieces = _pieces(text, found, start, end)
    before = [Piece(_ELLIPSIS, False)] if start > 0 else []
    after = [Piece(_ELLIPSIS, False)] if end < len(text) else []
    return [*before, *pieces, *after]


def _wanted(text: str, words: Sequence[Word]) -> list[Word]:
    folds = {word.folded for word in words}
    return [word for word in searchable_words(text) if word.folded in folds]


def _stretch(text: str, found: Sequence[Word], exact: set[str], length: int) -> tuple[int, int]:
    best, start = (0, 0), 0
    last = 0
    for first, word in enumerate(found):
        while last < len(found) and found[last].end <= word.start + length - _LEAD:
            last += 1
        inside = found[first:last]
        worth = (len({one.folded for one in inside}), sum(one.marked in exact for one in inside))
        if worth > best:
            best, start = worth, word.start
    begin = max(0, start - _LEAD)
    end = min(len(text), begin + length)
    if begin > 0:
        begin = text.find(" ", begin, start) + 1 or start
    if end < len(text):
        end = max(text.rfind(" ", begin, end), begin) or end
    return begin, end


def _pieces(text: str, found: Sequence[Word], start: int, end: int) -> list[Piece]:
    pieces: list[Piece] = []
    at = start
    for word in found:
        if word.start < start or word.end > end:
            continue
        pieces += [Piece(text[at : word.start], False), Piece(text[word.start : word.end], True)]
        at = word.end
    return [piece for piece in [*pieces, Piece(text[at:end], False)] if piece.text]
