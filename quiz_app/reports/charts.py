"""Bars as pictures for paper: black, red and grey, readable after copying, the value written at each bar."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH = 1320  # pixels: 165 mm at about 200 to the inch
ROW, GAP, LABEL, VALUE, EDGE = 44, 14, 460, 150, 12
INK, BAR, TRACK = "#000000", "#a91722", "#e6e1d8"
_FONT = Path(__file__).parents[1] / "web" / "fonts" / "Tinos_400Regular.ttf"


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` from 0 to `top` of the chart; `words` is how it is written."""

    label: str
    value: float
    words: str


def bars(rows: Sequence[Bar], *, top: float) -> bytes:
    """A PNG with one bar a row, in the order given. `top` is the value of a full bar; more is drawn full."""
    image = Image.new("RGB", (WIDTH, max(1, len(rows)) * (ROW + GAP) + GAP), "white")
    draw = ImageDraw.Draw(image)
    left, right = LABEL + EDGE, WIDTH - VALUE
    for at, row in enumerate(rows):
        y = GAP + at * (ROW + GAP)
        draw.text((LABEL, y + ROW // 2), _shortened(row.label), INK, _font(), anchor="rm")
        draw.rectangle((left, y, right, y + ROW), TRACK)
        share = min(1.0, max(0.0, row.value / top)) if top > 0 else 0.0
        if share > 0:
            draw.rectangle((left, y, left + round((right - left) * share), y + ROW), BAR)
        draw.text((right + EDGE, y + ROW // 2), row.words, INK, _font(), anchor="lm")
    kept = io.BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _shortened(label: str) -> str:
    """As much of the label as fits before the bars."""
    if _font().getlength(label) <= LABEL:
        return label
    while _font().getlength(f"{label}…") > LABEL:
        label = label[:-1]
    return f"{label.rstrip()}…"


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), 30)
