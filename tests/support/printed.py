"""What a PDF file shows, read by another library than the one that wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped] # it brings no types
from PIL.Image import Image

_POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is seen, its text, and the fonts of that text: the name of each, and whether it is in the file."""

    picture: Image
    words: str
    fonts: dict[str, bool]


def pages(file: Path, *, dots_per_inch: int) -> list[Page]:
    with pypdfium2.PdfDocument(file) as document:
        return [_page(one, dots_per_inch) for one in document]


def _page(page: Any, dots_per_inch: int) -> Page:
    fonts = [text.get_font() for text in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])]
    return Page(
        picture=page.render(scale=dots_per_inch / _POINTS_PER_INCH).to_pil(),
        words=page.get_textpage().get_text_range(),
        fonts={font.get_base_name(): font.is_embedded for font in fonts},
    )
