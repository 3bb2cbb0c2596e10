"""What a slip shows on paper: the QR code with its address. The token is its fragment, which no server's log sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

import segno

from quiz_app.members.slips import Slip

PATH = "/kich-hoat"
PER_PAGE = 8
BORDER = 4


@dataclass(frozen=True, slots=True)
class QrCode:
    """A square of so many modules, and the path of an SVG that draws the dark ones."""

    size: int
    path: str


def address(public_url: str, token: str) -> str:
    """What the QR code says."""
    return f"{public_url}{PATH}#{token}"


def typed_address(public_url: str) -> str:
    """What somebody types who has no camera."""
    return urlsplit(public_url).netloc + PATH


def qr_code(text: str) -> QrCode:
    """The code as a drawing for the page, with the quiet border that scanners need."""
    rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=BORDER))
    strokes = []
    for y, row in enumerate(rows):
        x = 0
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                strokes.append(f"M{x} {y}.5h{length}")
            x += length
    return QrCode(len(rows), "".join(strokes))


def pages(slips: Sequence[Slip]) -> list[tuple[Slip, ...]]:
    """The slips as they stand on sheets of A4."""
    return [tuple(slips[first : first + PER_PAGE]) for first in range(0, len(slips), PER_PAGE)]
