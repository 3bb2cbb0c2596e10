"""PDF files drawn once per test run: the same page gives the same file, and drawing one takes seconds.

A walk, the permission matrix and a journey ask for the same poster again and again. The first of them has it drawn by
the product's own process; what fails is not remembered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from unittest import mock

from quiz_app.web import pdf
from tests.support import run


def draw_once() -> None:
    draw = pdf.of_page

    def drawn(html: str, longest_s: float = pdf.LONGEST_S, *, is_part: bool = False) -> bytes:
        kept = run.folder() / f"{sha256(html.encode()).hexdigest()}{'-part' if is_part else ''}.pdf"
        with run.locked(f"pdf-{kept.name[:2]}"):
            if not kept.exists():
                kept.write_bytes(draw(html, longest_s, is_part=is_part))
            return kept.read_bytes()

    pdf.of_page = drawn


@contextmanager
def pages_for_paper() -> Iterator[list[str]]:
    """The pages that would be drawn, for who looks at them and not at paper: what is answered is an empty file."""
    pages: list[str] = []

    def kept(html: str, _longest_s: float = pdf.LONGEST_S, *, is_part: bool = False) -> bytes:
        pages.append(html)
        return b"%PDF-1.7\n%%EOF\n"

    with mock.patch.object(pdf, "of_page", kept):
        yield pages
