"""The bytes of attached originals: judged by their content, kept under names that the server makes."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from quiz_app.catalogue.errors import FileKindRefused, FileTooLarge
from quiz_app.kernel.text import tidy

LIMIT_MB = 20
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SUFFIX = {PDF: ".pdf", DOCX: ".docx"}
_WORD_PARTS = (b"[Content_Types].xml", b"word/document.xml")
_MACROS = b"vbaProject.bin"
_NAME_LENGTH = 200


def content_type_of(content: bytes) -> str:
    """The kind of an original, by its bytes and never by its name. Raises FileKindRefused, FileTooLarge.

    Nothing is unpacked: the names of a Word document's parts stand uncompressed in the archive.
    """
    if len(content) > LIMIT_MB * 1024 * 1024:
        raise FileTooLarge(limit_mb=LIMIT_MB)
    if content.startswith(b"%PDF-"):
        return PDF
    is_word = (
        content.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in content and b"word/document.xml" in content
    )
    if is_word and b"vbaProject.bin" not in content:
        return DOCX
    raise FileKindRefused


def display_name(given: str, content_type: str) -> str:
    """The name people see: the last part of what the browser sent, with the suffix of what the content is."""
    last = tidy(given.replace("\\", "/").rsplit("/", 1)[-1])
    suffix = _SUFFIX[content_type]
    stem = last.rsplit(".", 1)[0].strip(" .") or "van-ban"
    return stem[: _NAME_LENGTH - len(suffix)] + suffix


def keep(data_dir: Path, content: bytes) -> str:
    """Put the bytes into the data folder, synced to disk, and give their name there."""
    folder = _folder(data_dir)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stored_name = secrets.token_hex(16)
    with (folder / stored_name).open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return stored_name


def path_of(data_dir: Path, stored_name: str) -> Path:
    return _folder(data_dir) / stored_name


def discard(data_dir: Path, stored_name: str) -> None:
    """Remove the bytes, after the row that names them is gone for good."""
    path_of(data_dir, stored_name).unlink(missing_ok=True)


def _folder(data_dir: Path) -> Path:
    return data_dir / "files"
