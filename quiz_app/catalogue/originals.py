"""The bytes of attached originals: judged by their content, kept under names that the server makes."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from question_bank.formats.archive import Archive
from question_bank.parsed import Unreadable
from quiz_app.catalogue.errors import FileKindRefused, FileTooLarge
from quiz_app.kernel.text import tidy

LIMIT_MB = 20
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SUFFIX = {PDF: ".pdf", DOCX: ".docx"}
_PDF_TAIL = 2048  # a signed PDF may carry some bytes behind its end
_NAME_LENGTH = 200


def content_type_of(content: bytes) -> str:
    """The kind of an original, by its bytes and never by its name. Raises FileKindRefused, FileTooLarge.

    Neither is read further than this: a PDF begins and ends as one and tells where its parts are, a Word document is a
    zip that the house would open for an import as well, without macros.
    """
    if len(content) > LIMIT_MB * 1024 * 1024:
        raise FileTooLarge(limit_mb=LIMIT_MB)
    if _is_pdf(content):
        return PDF
    if _is_word(content):
        return DOCX
    raise FileKindRefused


def _is_pdf(content: bytes) -> bool:
    tail = content[-_PDF_TAIL:]
    return content.startswith(b"%PDF-") and b"%%EOF" in tail and b"startxref" in tail


def _is_word(content: bytes) -> bool:
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        archive = Archive(content)
        archive.require_office()
        archive.xml_of("[Content_Types].xml")
    except (KeyError, Unreadable):
        return False
    return "word/document.xml" in archive.names


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
