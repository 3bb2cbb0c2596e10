"""PDF files drawn once per test run: the same page gives the same file, and drawing one takes seconds.

A walk, the permission matrix and a journey ask for the same poster again and again. The first of them has it drawn by
the product's own process; what fails is not remembered. The first page of a test process is drawn by a process started
as the product starts it, those after it by ones that are born with the library loaded.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from quiz_app.web import pdf
from tests.support import run
from tests.support.nursery import born


def draw_once() -> None:
    draw = pdf.of_page
    used = SimpleNamespace(run=_Drawing(), TimeoutExpired=subprocess.TimeoutExpired)
    pdf.subprocess = used  # type: ignore[assignment, attr-defined] # all of it that is used there

    def drawn(html: str, longest_s: float = pdf.LONGEST_S, *, is_part: bool = False) -> bytes:
        kept = run.folder() / f"{sha256(html.encode()).hexdigest()}{'-part' if is_part else ''}.pdf"
        with run.locked(f"pdf-{kept.name[:2]}"):
            if not kept.exists():
                kept.write_bytes(draw(html, longest_s, is_part=is_part))
            return kept.read_bytes()

    pdf.of_page = drawn


class _Drawing:
    """`subprocess.run` for the command that draws."""

    def __init__(self) -> None:
        self._has_drawn = False

    def __call__(
        self, command: Sequence[str], *, env: Mapping[str, str], timeout: float, **options: Any
    ) -> subprocess.CompletedProcess[bytes]:
        if not self._has_drawn:
            self._has_drawn = True
            return subprocess.run(command, env=env, timeout=timeout, **options)  # noqa: PLW1510 # `check` is an option
        with tempfile.TemporaryDirectory() as name:
            page, paper, log = (Path(name) / part for part in ("page", "paper", "log"))
            page.write_bytes(options["input"])
            process = born(command, env, log, said=paper, told=page)
            try:
                code = process.wait(timeout)
            finally:
                process.kill()
            return subprocess.CompletedProcess(command, code, paper.read_bytes(), log.read_bytes())


@contextmanager
def pages_for_paper() -> Iterator[list[str]]:
    """The pages that would be drawn, for who looks at them and not at paper: what is answered is an empty file."""
    pages: list[str] = []

    def kept(html: str, _longest_s: float = pdf.LONGEST_S, *, is_part: bool = False) -> bytes:
        pages.append(html)
        return b"%PDF-1.7\n%%EOF\n"

    with mock.patch.object(pdf, "of_page", kept):
        yield pages
