"""The sections of a lesson: its highest headings, each with an anchor of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from itertools import count

_HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)  # the bank's markup writes a text's highest heading so
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Section:
    """`place` counts from 1; 0 is what stands before the first heading."""

    place: int
    heading: str

    @property
    def anchor(self) -> str:
        return anchor(self.place)


def anchor(place: int) -> str:
    """Where a section begins on its page."""
    return f"muc-{place}"


def sections(body_html: str) -> Sequence[Section]:
    """The sections of a published text, in order."""
    found = enumerate(_HEADING.finditer(body_html), start=1)
    return [Section(place, unescape(_TAG.sub("", heading.group(1)))) for place, heading in found]


def anchored(body_html: str) -> str:
    """The same text with the sections' anchors on their headings."""
    places = count(1)
    return _HEADING.sub(lambda found: f'<h2 id="{anchor(next(places))}">{found.group(1)}</h2>', body_html)


@dataclass(frozen=True, slots=True)
class Piece:
    """A section with its own text; what stands before the first heading has none."""

    heading: str
    html: str


def pieces(body_html: str) -> Sequence[Piece]:
    """The text cut at its sections, in order; nothing empty."""
    parts = _HEADING.split(body_html)
    headings = ["", *(unescape(_TAG.sub("", heading)) for heading in parts[1::2])]
    found = [Piece(heading, html.strip()) for heading, html in zip(headings, parts[::2], strict=True)]
    return [piece for piece in found if piece.heading or piece.html]
